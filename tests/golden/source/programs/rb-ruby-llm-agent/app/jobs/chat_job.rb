class ChatJob < ApplicationJob
  def perform(question)
    chat = RubyLLM.chat(model: "gpt-4o-mini").with_tool(Weather).with_instructions("Be brief.")
    chat.ask(question)
  end
end
