import yaml

doc = yaml.safe_load("model: gpt-4o\ntools: [search]\nagent: true")
for tool in doc["tools"]:
    print(tool)
