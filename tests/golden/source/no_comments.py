# from openai import OpenAI
# client.chat.completions.create(model="gpt-4o")
"""
from openai import OpenAI
OpenAI().chat.completions.create(model="gpt-4o")
"""
import os

print(os.environ["HOME"])
