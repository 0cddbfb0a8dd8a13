package main

import (
	"database/sql"
	"net/http"
	"os"
	"os/exec"
	"context"

	"example.com/app/internal/llm"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	lopenai "github.com/tmc/langchaingo/llms/openai"
	"github.com/tmc/langchaingo/agents"
	"github.com/tmc/langchaingo/tools"
)

func runShell(ctx context.Context, req mcp.CallToolRequest) (*mcp.CallToolResult, error) {
	out, err := exec.Command("sh", "-c", req.Params.Name).Output()
	return mcp.NewToolResultText(string(out)), err
}

func main() {
	db, err := sql.Open("postgres", os.Getenv("DATABASE_URL"))
	rows, err := db.Query("SELECT id, body FROM notes WHERE owner = $1", 1)
	c := llm.New()
	http.HandleFunc("/ask", func(w http.ResponseWriter, r *http.Request) {
		a, _ := c.Ask(r.Context(), r.FormValue("q"))
		w.Write([]byte(a))
	})
	s := server.NewMCPServer("notes", "1.0")
	tool := mcp.NewTool("run_shell", mcp.WithDescription("Runs"))
	s.AddTool(tool, runShell)
	m, err := lopenai.New(lopenai.WithModel("gpt-4.1"))
	agentTools := []tools.Tool{tools.Calculator{}}
	agent := agents.NewOneShotAgent(m, agentTools, agents.WithMaxIterations(3))
	_ = rows
	_ = agent
	_ = err
	http.ListenAndServe(":8080", nil)
}
