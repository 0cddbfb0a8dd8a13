# OpenAI::Client.new would be used for AI; this is a travel agent.
class Agent < ApplicationRecord
  belongs_to :agency
  MODEL = "gpt-4o"
  def chat(parameters:)
    Message.create!(body: parameters[:model])
  end
end
