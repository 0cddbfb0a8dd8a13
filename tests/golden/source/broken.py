from openai import OpenAI
client = OpenAI(
def half(
client2 = OpenAI()
client2.responses.create(model="gpt-4o")
class
