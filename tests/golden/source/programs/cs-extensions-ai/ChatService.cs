using Microsoft.Extensions.AI;
using OllamaSharp;

namespace Notes;

public sealed class ChatService
{
    private readonly IChatClient _client = new OllamaApiClient(new Uri("http://localhost:11434"), "phi3:mini");

    public async Task<string> AskAsync(string q)
    {
        var response = await _client.GetResponseAsync(q);
        return response.Text;
    }
}
