namespace Kata.Configuration;

/// <summary>The runtime on the host: table <c>runtime</c>.</summary>
public sealed record RuntimeConfiguration
{
    /// <summary>Debug messages.</summary>
    public required bool EnableDebug { get; init; }

    /// <summary>Log level; null leaves it to <see cref="EnableDebug"/>.</summary>
    public required string? LogLevel { get; init; }

    /// <summary>How the pod's interfaces reach the VM.</summary>
    public required NetworkModel NetworkModel { get; init; }

    /// <summary>Make no network namespace of our own.</summary>
    public required bool DisableNewNetworkNamespace { get; init; }

    /// <summary>Put every process of the sandbox into the pod's cgroup.</summary>
    public required bool SandboxCgroupOnly { get; init; }

    /// <summary>Do not apply seccomp profiles inside the guest.</summary>
    public required bool DisableGuestSeccomp { get; init; }

    /// <summary>Time the guest may take to create a container.</summary>
    public required TimeSpan CreateContainerTimeout { get; init; }
}
