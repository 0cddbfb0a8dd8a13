package agent

type Tool interface{ Run() error }
type Agent struct{ Tools []Tool }

func NewAgent(tools ...Tool) *Agent { return &Agent{Tools: tools} }
func (a *Agent) Execute() {
	for _, t := range a.Tools {
		_ = t.Run()
	}
}
