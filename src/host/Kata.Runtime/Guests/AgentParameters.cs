using System.Globalization;
using Kata.Configuration;

namespace Kata.Runtime.Guests;

/// <summary>The words of the kernel command line that tell the agent what the configuration wants of it.</summary>
internal static class AgentParameters
{
    public static IReadOnlyList<string> Of(KataConfiguration configuration)
    {
        AgentConfiguration agent = configuration.Agent;
        var words = new List<string>();
        if (agent.LogLevel is { Length: > 0 } level)
        {
            words.Add("agent.log=" + level);
        }

        if (agent.ContainerPipeSize > 0)
        {
            words.Add(string.Create(CultureInfo.InvariantCulture, $"agent.container_pipe_size={agent.ContainerPipeSize}"));
        }

        if (agent.DebugConsole)
        {
            words.Add("agent.debug_console");
            words.Add("agent.debug_console_vport=1026");
        }

        // The guest's init gets NAME=value words as environment. 1 MiB (the number is hexadecimal) for the first generation keeps the agent's heap small, and is
        // just enough to start without collecting: a quarter of it costs a sixth more processor time until the first answer under translation.
        words.Add("DOTNET_GCgen0size=100000");
        return words;
    }
}
