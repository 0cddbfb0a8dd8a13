import os
import psycopg
from fastapi import FastAPI
from openai import OpenAI

app = FastAPI()
client = OpenAI()
DSN = os.environ["DATABASE_URL"]


def embed(text):
    return client.embeddings.create(model="text-embedding-3-small", input=text).data[0].embedding


def retrieve(question):
    with psycopg.connect(DSN) as conn, conn.cursor() as cur:
        cur.execute("SELECT body FROM kb.documents ORDER BY embedding <=> %s::vector LIMIT 5", (embed(question),))
        return cur.fetchall()


def log(question, reply):
    with psycopg.connect(DSN) as conn:
        conn.execute("INSERT INTO prompt_log (question, reply) VALUES (%s, %s)", (question, reply))


@app.post("/chat")
def chat(question: str):
    context = retrieve(question)
    reply = client.chat.completions.create(model="gpt-4o", messages=[{"role": "system", "content": "Use the context."}, {"role": "user", "content": f"{context} {question}"}])
    log(question, reply.choices[0].message.content)
    return reply
