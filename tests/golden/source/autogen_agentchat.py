from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_ext.models.openai import OpenAIChatCompletionClient


async def weather(city: str) -> str:
    return city


client = OpenAIChatCompletionClient(model="gpt-4o")
a = AssistantAgent("a", model_client=client, tools=[weather], system_message="Use tools.")
b = AssistantAgent("b", model_client=client)
team = RoundRobinGroupChat([a, b])
