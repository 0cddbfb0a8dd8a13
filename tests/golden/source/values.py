import os
from openai import OpenAI

BASE = "gpt"
NAME = BASE + "-4o"
FULL = f"{NAME}-mini"
CONFIG = {"model": "o3-mini", "fallback": os.environ.get("FALLBACK_MODEL") or "gpt-4"}
client = OpenAI()


def pick(flag):
    if flag:
        choice = "gpt-4"
    else:
        choice = "gpt-3.5-turbo"
    same = "gpt-4o"
    if flag:
        same = "gpt-4o"
    client.responses.create(model=choice)
    client.responses.create(model=same)


def by_default(model="gpt-4.1"):
    client.responses.create(model=model)


def by_caller(model):
    client.responses.create(model=model)


by_caller("gpt-4.1-nano")
client.responses.create(model=NAME)
client.responses.create(model=FULL)
client.responses.create(model=CONFIG["model"])
client.responses.create(model=CONFIG.get("fallback"))
client.responses.create(model=unknown_name)
client.responses.create(**CONFIG)
