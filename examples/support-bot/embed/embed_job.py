"""Every night: turns the customers of the CRM into documents of the vector store."""
import os

import psycopg
from langchain_core.documents import Document
from langchain_openai import OpenAIEmbeddings
from langchain_postgres import PGVector

DATABASE_URL = os.environ["DATABASE_URL"]

store = PGVector(
    embeddings=OpenAIEmbeddings(model="text-embedding-3-small"),
    collection_name="customer_records",
    connection=DATABASE_URL,
)


def main():
    with psycopg.connect(DATABASE_URL) as db:
        customers = db.execute("SELECT id, name, email, phone, notes FROM crm.customers").fetchall()
    store.add_documents(
        [Document(page_content=f"{name} {email} {phone}\n{notes}", metadata={"customer": id}) for id, name, email, phone, notes in customers]
    )


if __name__ == "__main__":
    main()
