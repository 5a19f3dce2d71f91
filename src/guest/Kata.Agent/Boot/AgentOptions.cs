using Microsoft.Extensions.Logging;

namespace Kata.Agent.Boot;

/// <summary>What the host asked of the agent on the kernel command line, in a configuration file or in the environment.</summary>
public sealed record AgentOptions
{
    /// <summary>The least severe records that are written.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>Where to serve, as the host wrote it; null means every channel that is there.</summary>
    public string? ServerAddress { get; init; }

    /// <summary>How long to wait for a device to appear.</summary>
    public TimeSpan HotplugTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Whether a shell for debugging was asked for.</summary>
    public bool DebugConsole { get; init; }

    /// <summary>The vsock port of the debug console; 0 is the console device.</summary>
    public uint DebugConsolePort { get; init; }

    /// <summary>The vsock port on which logs are asked for; 0 is standard output.</summary>
    public uint LogPort { get; init; }

    /// <summary>The vsock port on which connections for standard streams are taken; 0 for none.</summary>
    public uint StreamPort { get; init; }

    /// <summary>Capacity of the pipes of a container's output in bytes; 0 leaves the kernel's default.</summary>
    public int ContainerPipeSize { get; init; }

    /// <summary>Whether cgroup v2 is mounted, or the v1 hierarchies; see <c>docs/adr/0018-cgroup-v2-in-the-guest.md</c>.</summary>
    public bool UnifiedCgroups { get; init; } = true;

    /// <summary>Whether spans were asked for.</summary>
    public bool Tracing { get; init; }

    /// <summary>Where spans go, as the host wrote it; null for what the machine has.</summary>
    public string? TraceAddress { get; init; }

    /// <summary>The file with the policy, which must be there; null for the usual place, if there is one.</summary>
    public string? PolicyFile { get; init; }

    /// <summary>The request messages that are served, by name; null for all.</summary>
    public IReadOnlySet<string>? AllowedEndpoints { get; init; }

    /// <summary>Settings that were given but do nothing in this version, for a warning.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];
}
