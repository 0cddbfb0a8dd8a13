namespace Acme.Os;

public class Kernel
{
    public static Builder CreateBuilder() => new();
    public class Builder { public Builder AddOpenAIChatCompletion(string a, string b) => this; public Kernel Build() => new(); }
}
