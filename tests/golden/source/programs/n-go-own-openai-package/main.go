package main

import "example.com/game/internal/openai"

func main() {
	c := openai.NewClient()
	c.Chat.Completions.New(nil, map[string]string{"Model": "gpt-4o"})
}
