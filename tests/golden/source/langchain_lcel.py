from langchain_chroma import Chroma
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnablePassthrough
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

retriever = Chroma(collection_name="handbook", persist_directory="./db", embedding_function=OpenAIEmbeddings()).as_retriever()
prompt = ChatPromptTemplate.from_template("Answer from {context}: {question}")
llm = ChatOpenAI(model="gpt-4o-mini", temperature=0)
rag = {"context": retriever, "question": RunnablePassthrough()} | prompt | llm | StrOutputParser()
plain = prompt | llm
