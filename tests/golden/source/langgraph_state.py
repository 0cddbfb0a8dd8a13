from langchain_openai import ChatOpenAI
from langchain_core.tools import tool
from langgraph.graph import END, StateGraph
from langgraph.prebuilt import ToolNode


@tool
def search(q: str) -> str:
    """Search."""
    return q


tools = [search]
model = ChatOpenAI(model="gpt-4o").bind_tools(tools)


def call_model(state):
    return {"messages": [model.invoke(state["messages"])]}


graph = StateGraph(dict)
graph.add_node("agent", call_model)
graph.add_node("tools", ToolNode(tools))
graph.add_edge("tools", "agent")
app = graph.compile()
