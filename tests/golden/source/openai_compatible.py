import openai

local = openai.OpenAI(base_url="http://localhost:11434/v1", api_key="ollama")
groq = openai.OpenAI(base_url="https://api.groq.com/openai/v1")
own = openai.OpenAI(base_url="https://llm.corp.example/v1")
local.chat.completions.create(model="llama3.1", messages=[])
groq.chat.completions.create(model="llama-3.3-70b-versatile", messages=[])
own.chat.completions.create(model="house-model", messages=[])
