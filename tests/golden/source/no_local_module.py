import json

config = json.loads('{"model": "gpt-4o", "tools": ["a"]}')
config["model"]
print(config["prompt"])
