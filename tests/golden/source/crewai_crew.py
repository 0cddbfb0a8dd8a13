from crewai import Agent, Crew, LLM, Task
from crewai.tools import tool
from crewai_tools import SerperDevTool


@tool("Ledger")
def ledger(month: str) -> str:
    """Reads the ledger."""
    return open("/data/ledger.txt").read()


researcher = Agent(role="Researcher", goal="find", backstory="You find facts.", tools=[SerperDevTool(), ledger], llm="gpt-4o")
writer = Agent(role="Writer", goal="write", backstory="You write.", llm=LLM(model="anthropic/claude-3-opus-20240229"))
crew = Crew(agents=[researcher, writer], tasks=[])
