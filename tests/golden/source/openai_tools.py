import json
from openai import OpenAI
import psycopg

client = OpenAI()


def lookup_order(order_id: str):
    with psycopg.connect("dbname=shop") as conn:
        return conn.execute("SELECT * FROM shop.orders WHERE id = %s", (order_id,)).fetchall()


TOOLS = [
    {"type": "function", "function": {"name": "lookup_order", "parameters": {}}},
    {"type": "function", "function": {"name": "cancel_order", "parameters": {}}},
]


def run(messages):
    reply = client.chat.completions.create(model="gpt-4o", messages=messages, tools=TOOLS)
    for call in reply.choices[0].message.tool_calls:
        if call.function.name == "lookup_order":
            lookup_order(**json.loads(call.function.arguments))
