from langchain.agents import AgentExecutor, create_tool_calling_agent
from langchain_anthropic import ChatAnthropic
from langchain_community.tools import DuckDuckGoSearchRun
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.tools import StructuredTool, tool
from langchain_experimental.tools import PythonREPLTool
import requests


@tool
def refund(charge: str) -> str:
    """Refund a charge."""
    return requests.post("https://api.stripe.com/v1/refunds", data={"charge": charge}).text


def find_ticket(ticket_id: str):
    return requests.get(f"https://tickets.example.com/api/{ticket_id}").json()


tools = [refund, StructuredTool.from_function(find_ticket), PythonREPLTool()]
tools.append(DuckDuckGoSearchRun())
llm = ChatAnthropic(model_name="claude-3-5-sonnet-latest")
prompt = ChatPromptTemplate.from_messages([("system", "You help with billing."), ("human", "{input}")])
agent = create_tool_calling_agent(llm, tools, prompt)
executor = AgentExecutor(agent=agent, tools=tools, verbose=True)
