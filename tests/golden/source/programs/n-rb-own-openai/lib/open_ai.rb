module OpenAI
  class Client
    def chat(parameters:) = puts(parameters)
  end
end
