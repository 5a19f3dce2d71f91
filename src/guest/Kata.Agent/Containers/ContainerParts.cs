using System.Collections.ObjectModel;
using Kata.Agent.Hooks;
using Kata.Agent.Processes;
using Kata.Linux.Paths;
using Kata.Linux.Security;
using Kata.Primitives;

namespace Kata.Agent.Containers;

/// <summary>What a container consists of.</summary>
internal sealed record ContainerParts : IAsyncDisposable
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>What is kept of its specification.</summary>
    public required ContainerFacts Facts { get; init; }

    /// <summary>Its root, for looking things up.</summary>
    public required ConfinedDirectory Root { get; init; }

    /// <summary>What its first process was made from, for the hooks that run as it; null without hooks.</summary>
    public ProcessPlan? Plan { get; init; }

    /// <summary>What its PCI and mediated devices are called on the host and in the guest.</summary>
    public IReadOnlyDictionary<string, string> GuestNames { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Its hooks; null if there are none.</summary>
    public required ContainerHooks? Hooks { get; init; }

    /// <summary>Whether others are in its pid namespace, so that the end of its first process does not end them.</summary>
    public required bool SharesPids { get; init; }

    /// <summary>Its namespaces.</summary>
    public required ContainerNamespaces Namespaces { get; init; }

    /// <summary>Its cgroup.</summary>
    public required ContainerCgroup Cgroup { get; init; }

    /// <summary>Its system call filter, compiled once for all its processes.</summary>
    public required SeccompProgram? Seccomp { get; init; }

    /// <summary>What holds the first process until the start.</summary>
    public required StartGate Gate { get; init; }

    /// <summary>Its first process.</summary>
    public required GuestProcess Init { get; init; }

    /// <summary>The undo steps of its creation: streams, root file system, cgroup, storages.</summary>
    public required RollbackStack Undo { get; init; }

    /// <summary>Undoes the creation. The first process must be gone.</summary>
    public ValueTask DisposeAsync() => Undo.DisposeAsync();
}
