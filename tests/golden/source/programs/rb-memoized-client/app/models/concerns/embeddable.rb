module Embeddable
  def embed!
    update!(embedding: client.embeddings(parameters: { model: "text-embedding-3-small", input: body }).dig("data", 0, "embedding"))
  end

  private

  def client
    @client ||= OpenAI::Client.new
  end
end
