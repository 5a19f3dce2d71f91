namespace Kata.Configuration;

/// <summary>The agent, and how the host talks to it: table <c>agent.kata</c>.</summary>
public sealed record AgentConfiguration
{
    /// <summary>The agent's log level: the agent's default when null.</summary>
    public required string? LogLevel { get; init; }

    /// <summary>Let the CLI open a shell in the guest.</summary>
    public required bool DebugConsole { get; init; }

    /// <summary>Time to wait for the agent's first answer once the VM runs; null when the file does not say.</summary>
    public required TimeSpan? DialTimeout { get; init; }

    /// <summary>Size of the pipes of container processes in bytes; 0 is the kernel's default.</summary>
    public required int ContainerPipeSize { get; init; }

    /// <summary>Modules the guest loads.</summary>
    public required IReadOnlyList<GuestKernelModule> KernelModules { get; init; }

    /// <summary>Time the guest may take to create a container; null means the runtime table's value.</summary>
    public required TimeSpan? CreateContainerTimeout { get; init; }
}
