from openai import OpenAI

client = OpenAI()


def half(:
    return


x = = 3
client.responses.create(model="gpt-4o")
def open_end(a
