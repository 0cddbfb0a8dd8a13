package blog

var posts = []string{
	"How we call client.CreateChatCompletion with openai.GPT4o",
	`import openai "github.com/sashabaranov/go-openai"`,
}
