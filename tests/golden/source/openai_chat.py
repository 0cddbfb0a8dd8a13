import os
from openai import OpenAI

client = OpenAI(api_key=os.environ["OPENAI_API_KEY"])
MODEL = os.getenv("CHAT_MODEL", "gpt-4o-mini")


def answer(question):
    reply = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "system", "content": "You answer questions about invoices."}, {"role": "user", "content": question}],
    )
    return reply.choices[0].message.content
