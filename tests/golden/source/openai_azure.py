from openai import AsyncAzureOpenAI as Azure


class Bot:
    deployment = "support-gpt4"

    def __init__(self):
        self.client = Azure(azure_endpoint="https://corp.openai.azure.com", api_version="2024-06-01")

    async def ask(self, text):
        return await self.client.chat.completions.create(model=self.deployment, messages=[{"role": "user", "content": text}])
