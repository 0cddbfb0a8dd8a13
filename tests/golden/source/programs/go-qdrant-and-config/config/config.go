package config

type LLM struct {
	Model string
}

var Default = LLM{Model: "gpt-4o-mini"}
