from smolagents import CodeAgent, DuckDuckGoSearchTool, InferenceClientModel, tool


@tool
def area(country: str) -> int:
    """Area."""
    return 1


agent = CodeAgent(tools=[DuckDuckGoSearchTool(), area], model=InferenceClientModel("Qwen/Qwen2.5-Coder-32B-Instruct"))
