using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.Agents;

namespace Reviews;

public static class Reviewer
{
    public static ChatCompletionAgent Create()
    {
        var b = Kernel.CreateBuilder();
        b.AddOpenAIChatCompletion(modelId: "gpt-4-turbo", apiKey: Environment.GetEnvironmentVariable("OPENAI_KEY")!);
        return new ChatCompletionAgent
        {
            Name = "Reviewer",
            Instructions = "Review the code.",
            Kernel = b.Build(),
        };
    }
}
