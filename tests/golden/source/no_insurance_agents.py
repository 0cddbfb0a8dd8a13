from agents_registry import Agent, Runner

agent = Agent(name="Bond", instructions="shoot", tools=["gun"])
Runner.run(agent)
