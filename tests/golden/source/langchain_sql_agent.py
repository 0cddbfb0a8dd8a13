from langchain_community.agent_toolkits import SQLDatabaseToolkit, create_sql_agent
from langchain_community.utilities import SQLDatabase
from langchain_openai import ChatOpenAI
import os

db = SQLDatabase.from_uri(os.environ["WAREHOUSE_URL"])
llm = ChatOpenAI(model="gpt-4o")
agent = create_sql_agent(llm=llm, toolkit=SQLDatabaseToolkit(db=db, llm=llm))
