require_relative "../lib/open_ai"

OpenAI::Client.new.chat(parameters: { model: "gpt-4o" })
