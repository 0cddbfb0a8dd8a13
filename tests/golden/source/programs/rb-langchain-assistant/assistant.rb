require "langchain"

llm = Langchain::LLM::OpenAI.new(api_key: ENV["OPENAI_API_KEY"], default_options: { chat_model: "gpt-4o" })
store = Langchain::Vectorsearch::Pgvector.new(url: ENV["POSTGRES_URL"], index_name: "documents", llm: llm)
assistant = Langchain::Assistant.new(
  llm: llm,
  instructions: "You are a meteorologist.",
  tools: [Langchain::Tool::Calculator.new]
)
assistant.add_message_and_run!(content: "What is 2 + 2?")
store.ask(question: "hi")
