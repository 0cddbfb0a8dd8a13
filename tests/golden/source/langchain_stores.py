from langchain_community.vectorstores import FAISS, OpenSearchVectorSearch, Redis
from langchain_openai import OpenAIEmbeddings
from langchain_pinecone import PineconeVectorStore
from langchain_qdrant import QdrantVectorStore
from langchain_weaviate import WeaviateVectorStore
from langchain_milvus import Milvus

e = OpenAIEmbeddings(model="text-embedding-3-large")
a = FAISS.load_local("index", e, allow_dangerous_deserialization=True)
b = OpenSearchVectorSearch(index_name="docs", embedding_function=e, opensearch_url="https://search:9200")
c = Redis.from_existing_index(e, index_name="faq", redis_url="redis://cache:6379")
d = PineconeVectorStore(index_name="kb", embedding=e)
f = QdrantVectorStore.from_existing_collection(collection_name="tickets", embedding=e, url="http://qdrant:6333")
g = WeaviateVectorStore(client=None, index_name="Article", text_key="text", embedding=e)
h = Milvus(collection_name="papers", embedding_function=e, connection_args={"uri": "http://milvus:19530"})
