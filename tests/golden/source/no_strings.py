CODE = "from openai import OpenAI; OpenAI().chat.completions.create(model='gpt-4o')"
DOC = '''
from langchain_openai import ChatOpenAI
llm = ChatOpenAI(model="gpt-4o")
'''
print(CODE, DOC)
