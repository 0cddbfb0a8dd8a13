from google import genai
import google.generativeai as old
import vertexai
from vertexai.generative_models import GenerativeModel

client = genai.Client()
client.models.generate_content(model="gemini-2.0-flash", contents="hi")
model = old.GenerativeModel("gemini-1.5-pro", system_instruction="Be brief and correct.")
vertexai.init(project="p")
vertex = GenerativeModel("gemini-1.5-flash")
model.generate_content("hi")
