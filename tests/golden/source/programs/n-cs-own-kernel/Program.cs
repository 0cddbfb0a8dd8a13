using Acme.Os;

var kernel = Kernel.CreateBuilder().AddOpenAIChatCompletion("gpt-4o", "x").Build();
