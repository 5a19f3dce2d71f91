using Kata.Configuration;
using Kata.Oci.Runtime;
using Kata.Primitives;
using Kata.Runtime.Guests;
using Kata.Runtime.HostHooks;
using Microsoft.Extensions.Logging;

namespace Kata.Runtime.Sandboxes;

/// <summary>What a sandbox is made from.</summary>
public sealed record SandboxOptions
{
    /// <summary>Names the sandbox, uniquely on the host.</summary>
    public required string Id { get; init; }

    /// <summary>The configuration.</summary>
    public required KataConfiguration Configuration { get; init; }

    /// <summary>The log.</summary>
    public required ILogger Logger { get; init; }

    /// <summary>The guest's host name; empty: the agent's default.</summary>
    public string Hostname { get; init; } = string.Empty;

    /// <summary>Lines for the guest's <c>resolv.conf</c>.</summary>
    public IReadOnlyList<string> Dns { get; init; } = [];

    /// <summary>The pod's network namespace, as a path; null: one of its own without a name.</summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>Limits that size the VM at boot; null: the configured size.</summary>
    public LinuxResources? Resources { get; init; }

    /// <summary>The cgroup path of the spec, which the sandbox's own cgroup is placed by.</summary>
    public string? CgroupsPath { get; init; }

    /// <summary>Size of the pod's <c>/dev/shm</c>.</summary>
    public ByteSize ShmSize { get; init; } = ByteSize.FromMebibytes(64);

    /// <summary>Hooks of the container that the sandbox is made for: they run before anything is made, since they may set the network up. Null: none.</summary>
    public ContainerHooks? Hooks { get; init; }

    /// <summary>How the VM comes to be.</summary>
    public IGuestFactory Factory { get; init; } = new ColdBootFactory();

    /// <summary>The directory of run-time state; tests use another than <c>/run</c>.</summary>
    public string RunRoot { get; init; } = "/run";

    /// <summary>How often the agent is asked whether it lives.</summary>
    public TimeSpan HealthInterval { get; init; } = TimeSpan.FromSeconds(30);
}
