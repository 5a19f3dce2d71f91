using Kata.Agent.Boot;
using Kata.Agent.Containers;
using Kata.Agent.Devices;
using Kata.Agent.Serving;
using Kata.Linux.Cgroups;
using Kata.Linux.Processes;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Sandboxes;

/// <summary>What every sandbox and container of this agent works with.</summary>
internal sealed record AgentEnvironment
{
    /// <summary>The host's wishes.</summary>
    public required AgentOptions Options { get; init; }

    /// <summary>The one that reaps all children.</summary>
    public required ChildReaper Reaper { get; init; }

    /// <summary>The cgroup hierarchies; looked at when the first container needs them.</summary>
    public required Lazy<CgroupHierarchy> Cgroups { get; init; }

    /// <summary>The disks that the guest itself is on.</summary>
    public required GuestDisks Disks { get; init; }

    /// <summary>Connections that become standard streams.</summary>
    public required StreamPorts StreamPorts { get; init; }

    /// <summary>Threads that set things up in other namespaces.</summary>
    public SetupThreads Threads { get; } = new();

    /// <summary>Where records go.</summary>
    public required ILogger Logger { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }
}
