"""The customer records that the agent looks things up in."""
import os

from langchain.tools.retriever import create_retriever_tool
from langchain_openai import OpenAIEmbeddings
from langchain_postgres import PGVector

customer_store = PGVector(
    embeddings=OpenAIEmbeddings(model="text-embedding-3-small"),
    collection_name="customer_records",
    connection=os.environ["DATABASE_URL"],
)

search_customers = create_retriever_tool(
    customer_store.as_retriever(search_kwargs={"k": 5}),
    "search_customers",
    "Searches what we know about a customer.",
)
