import litellm
from litellm import completion
import ollama

completion(model="anthropic/claude-3-haiku-20240307", messages=[])
completion(model="gpt-4o", messages=[])
litellm.embedding(model="text-embedding-3-small", input=["x"])
ollama.chat(model="mistral", messages=[])
