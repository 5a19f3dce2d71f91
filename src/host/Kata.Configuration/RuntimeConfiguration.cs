namespace Kata.Configuration;

/// <summary>The runtime on the host: table <c>runtime</c>.</summary>
public sealed record RuntimeConfiguration
{
    /// <summary>Debug messages.</summary>
    public required bool EnableDebug { get; init; }

    /// <summary>Log level, one of trace, debug, info, warn, error and fatal; null leaves it to <see cref="EnableDebug"/>.</summary>
    public required string? LogLevel { get; init; }

    /// <summary>Keep a VM whose agent stopped answering.</summary>
    public required bool KeepAbnormal { get; init; }

    /// <summary>Files and directories of the host that every sandbox is shown.</summary>
    public required IReadOnlyList<SandboxBindMount> SandboxBindMounts { get; init; }

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
