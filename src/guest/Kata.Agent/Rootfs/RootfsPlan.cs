using Kata.Agent.Containers;
using Kata.Linux.Namespaces;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;

namespace Kata.Agent.Rootfs;

/// <summary>What a root file system is made from.</summary>
internal sealed record RootfsPlan
{
    /// <summary>The container's specification.</summary>
    public required Spec Spec { get; init; }

    /// <summary>Its mounts.</summary>
    public required IReadOnlyList<PlannedMount> Mounts { get; init; }

    /// <summary>A user in words, if the host gave one.</summary>
    public required StringUser? User { get; init; }

    /// <summary>What shows the container its cgroup.</summary>
    public required CgroupMounter Cgroups { get; init; }

    /// <summary>The namespaces the container joins.</summary>
    public required ContainerNamespaces Namespaces { get; init; }

    /// <summary>Whose copy the container's mounts are made in.</summary>
    public required LockedMounts Base { get; init; }

    /// <summary>Bind mounts in which mounts spread between containers.</summary>
    public required SpreadingBinds Spreading { get; init; }

    /// <summary>Mounts of other containers.</summary>
    public required SharedMountSources Shared { get; init; }

    /// <summary>The user namespaces of id-mapped mounts.</summary>
    public IReadOnlyDictionary<Mount, NamespaceFd> IdMaps { get; init; } = new Dictionary<Mount, NamespaceFd>();
}
