class Session:
    def post(self, url):
        return url


s = Session()
s.post("https://api.openai.com/v1/chat/completions")
