using Home.Plugins;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

var endpoint = Environment.GetEnvironmentVariable("AOAI_ENDPOINT")!;
var key = Environment.GetEnvironmentVariable("AOAI_KEY")!;
var builder = Kernel.CreateBuilder().AddAzureOpenAIChatCompletion("gpt-4o-home", endpoint, key);
Kernel kernel = builder.Build();
kernel.Plugins.AddFromType<LightsPlugin>("Lights");
var chat = kernel.GetRequiredService<IChatCompletionService>();
var result = await chat.GetChatMessageContentAsync("Turn off everything");
