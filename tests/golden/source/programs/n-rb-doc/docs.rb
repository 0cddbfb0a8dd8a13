EXAMPLE = <<~RUBY
  client = OpenAI::Client.new
  client.chat(parameters: { model: "gpt-4o" })
RUBY
