from llama_index.core import Settings, SimpleDirectoryReader, StorageContext, VectorStoreIndex
from llama_index.core.agent import ReActAgent
from llama_index.core.tools import FunctionTool, QueryEngineTool
from llama_index.llms.openai import OpenAI
from llama_index.vector_stores.postgres import PGVectorStore

store = PGVectorStore.from_params(database="kb", host="db", table_name="handbook", embed_dim=1536)
index = VectorStoreIndex.from_documents(SimpleDirectoryReader("./docs").load_data(), storage_context=StorageContext.from_defaults(vector_store=store))
engine = index.as_query_engine(llm=OpenAI(model="gpt-4o"))


def add(a: int, b: int) -> int:
    return a + b


agent = ReActAgent.from_tools([QueryEngineTool.from_defaults(engine, name="handbook"), FunctionTool.from_defaults(fn=add)], llm=OpenAI(model="gpt-4o-mini"))
