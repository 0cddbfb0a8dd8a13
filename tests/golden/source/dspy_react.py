import dspy

lm = dspy.LM("openai/gpt-4o-mini")
dspy.configure(lm=lm)


def search(query: str) -> list:
    return []


agent = dspy.ReAct("question -> answer", tools=[search])
