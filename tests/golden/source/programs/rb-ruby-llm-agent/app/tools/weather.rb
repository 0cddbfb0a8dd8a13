class Weather < RubyLLM::Tool
  description "Gets current weather"
  param :latitude

  def execute(latitude:)
    Faraday.get("https://api.open-meteo.com/v1/forecast?latitude=#{latitude}").body
  end
end
