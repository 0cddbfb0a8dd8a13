"""What the support agent is told."""
from langchain_core.prompts import ChatPromptTemplate

SUPPORT_PROMPT = ChatPromptTemplate.from_messages(
    [
        ("system", "You are Acme's support assistant. Answer from the customer's own records."),
        ("human", "{input}"),
        ("placeholder", "{agent_scratchpad}"),
    ]
)
