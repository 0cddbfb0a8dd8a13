from pydantic_ai import Agent, RunContext

agent = Agent("openai:gpt-4o", system_prompt="You are a bank support agent.", deps_type=str)


@agent.tool
async def balance(ctx: RunContext[str], account: str) -> float:
    """Balance."""
    return 1.0


@agent.system_prompt
def customer(ctx: RunContext[str]) -> str:
    return "The customer is here."
