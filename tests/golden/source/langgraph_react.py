from langchain.chat_models import init_chat_model
from langgraph.prebuilt import create_react_agent


def get_balance(account: str) -> int:
    """Balance of an account."""
    return 1


model = init_chat_model("anthropic:claude-3-7-sonnet-latest")
agent = create_react_agent(model, tools=[get_balance], prompt="You are a bank clerk.")
