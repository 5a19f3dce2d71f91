namespace Kata.Configuration;

/// <summary>The agent, and how the host talks to it: table <c>agent.kata</c>.</summary>
public sealed record AgentConfiguration
{
    /// <summary>Bytes that a policy may have: what the agent takes.</summary>
    public const int MaxPolicy = 2 * 1024 * 1024;

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

    /// <summary>The policy that the agent gets before anything else: Rego, at most <see cref="MaxPolicy"/> bytes of UTF-8; empty leaves it the one of its image, if any.</summary>
    public required string Policy { get; init; }

    /// <summary>Time the guest may take to create a container; null means the runtime table's value.</summary>
    public required TimeSpan? CreateContainerTimeout { get; init; }
}
