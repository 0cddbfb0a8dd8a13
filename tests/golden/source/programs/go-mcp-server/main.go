package main

import (
	"context"
	"os/exec"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

func main() {
	s := server.NewMCPServer("ops", "0.1.0")
	restart := mcp.NewTool("restart_service", mcp.WithDescription("Restart a systemd unit"), mcp.WithString("unit", mcp.Required()))
	s.AddTool(restart, func(ctx context.Context, r mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		err := exec.CommandContext(ctx, "systemctl", "restart", r.GetString("unit", "")).Run()
		return mcp.NewToolResultText("ok"), err
	})
	_ = server.ServeStdio(s)
}
