import os
from langchain.chains import RetrievalQA
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from langchain_postgres import PGVector

store = PGVector(
    embeddings=OpenAIEmbeddings(model="text-embedding-3-small"),
    collection_name="customer_records",
    connection=os.environ["DATABASE_URL"],
)
qa = RetrievalQA.from_chain_type(llm=ChatOpenAI(model="gpt-4o"), retriever=store.as_retriever(search_kwargs={"k": 4}))
