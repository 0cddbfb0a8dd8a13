from agents import Agent, Runner, WebSearchTool, function_tool


@function_tool
def open_ticket(title: str) -> str:
    """Opens a ticket."""
    return title


support = Agent(name="Support", instructions="You help customers.", tools=[open_ticket, WebSearchTool()], model="gpt-4.1")
triage = Agent(name="Triage", instructions="You route.", handoffs=[support])


async def main():
    await Runner.run(triage, "hello")
