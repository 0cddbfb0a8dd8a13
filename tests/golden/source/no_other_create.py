class Client:
    def create(self, model):
        return model


client = Client()
client.create(model="gpt-4o")
client.messages = client
