class OpenAI:
    class chat:
        class completions:
            @staticmethod
            def create(model):
                return model


client = OpenAI()
client.chat.completions.create(model="gpt-4o")
