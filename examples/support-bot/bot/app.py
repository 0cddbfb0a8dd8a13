"""The support bot's web service: a chat endpoint in front of the agent."""
import os

import psycopg
from fastapi import FastAPI
from langchain.agents import AgentExecutor, create_tool_calling_agent
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

from prompts import SUPPORT_PROMPT
from retrieval import search_customers
from tools import lookup_invoice, open_ticket, refund_payment

MODEL = os.getenv("SUPPORT_MODEL", "gpt-4o-mini")

api = FastAPI(title="Acme support")

llm = ChatOpenAI(model=MODEL, temperature=0)
tools = [search_customers, lookup_invoice, refund_payment, open_ticket]
agent = create_tool_calling_agent(llm, tools, SUPPORT_PROMPT)
support_agent = AgentExecutor(agent=agent, tools=tools)


class Question(BaseModel):
    session: str
    text: str


@api.post("/chat")
def chat(question: Question):
    answer = support_agent.invoke({"input": question.text})
    with psycopg.connect(os.environ["DATABASE_URL"]) as db:
        db.execute(
            "INSERT INTO support.prompt_log (session, prompt, answer) VALUES (%s, %s, %s)",
            (question.session, question.text, answer["output"]),
        )
    return {"answer": answer["output"]}
