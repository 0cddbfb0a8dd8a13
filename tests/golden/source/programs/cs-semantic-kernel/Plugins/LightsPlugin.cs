using System.ComponentModel;
using Microsoft.SemanticKernel;

namespace Home.Plugins;

public class LightsPlugin
{
    [KernelFunction("get_lights")]
    [Description("Gets a list of lights and their current state")]
    public async Task<List<string>> GetLightsAsync()
    {
        return new List<string>();
    }

    [KernelFunction]
    public Task TurnOffAll() => Task.CompletedTask;
}
