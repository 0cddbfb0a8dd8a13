import cohere
import replicate
from groq import Groq
from mistralai import Mistral
from together import Together

cohere.ClientV2().chat(model="command-r-plus", messages=[])
Groq().chat.completions.create(model="llama-3.1-8b-instant", messages=[])
Mistral(api_key="x").chat.complete(model="mistral-large-latest", messages=[])
Together().chat.completions.create(model="meta-llama/Llama-3-70b-chat-hf", messages=[])
replicate.run("meta/meta-llama-3-70b-instruct", input={})
