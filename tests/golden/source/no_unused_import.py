import openai
from langchain_openai import ChatOpenAI
from langchain.agents import AgentExecutor

print("nothing is called")
