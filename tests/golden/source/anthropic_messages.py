import anthropic

SYSTEM = "You are a careful billing assistant."
client = anthropic.Anthropic()


def ask(q):
    return client.messages.create(model="claude-sonnet-4-20250514", max_tokens=100, system=SYSTEM, messages=[{"role": "user", "content": q}])
