require "openai"

class Summarizer
  MODEL = "gpt-4o".freeze

  def initialize
    @client = OpenAI::Client.new(access_token: ENV.fetch("OPENAI_API_KEY"))
  end

  def call(text)
    response = @client.chat(
      parameters: {
        model: MODEL,
        messages: [{ role: "user", content: "Summarize: #{text}" }]
      }
    )
    response.dig("choices", 0, "message", "content")
  end
end
