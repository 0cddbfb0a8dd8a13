package openai

type Client struct{ Chat chat }
type chat struct{ Completions completions }
type completions struct{}

func NewClient() *Client { return &Client{} }
func (completions) New(ctx any, params map[string]string) {}
