import os
import chromadb
import weaviate
from pinecone import Pinecone
from pymilvus import MilvusClient
from qdrant_client import QdrantClient

chroma = chromadb.HttpClient(host="chroma", port=8000).get_or_create_collection("notes")
index = Pinecone(api_key=os.environ["PINECONE_API_KEY"]).Index("prod-index")
qdrant = QdrantClient(url="http://qdrant:6333")
milvus = MilvusClient(uri=os.environ["MILVUS_URI"])


def find(v):
    chroma.query(query_embeddings=[v])
    index.query(vector=v, top_k=3)
    qdrant.search(collection_name="mail", query_vector=v)
    milvus.search(collection_name="docs", data=[v])


def save(v):
    qdrant.upsert(collection_name="mail", points=[])
    weaviate.connect_to_local().collections.get("Article").data.insert({})
