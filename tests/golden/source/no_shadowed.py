from openai import OpenAI


def f(OpenAI):
    return OpenAI().chat.completions.create(model="gpt-4o")


def g():
    OpenAI = list
    return OpenAI()
