using Kata.Linux;

namespace Kata.Hypervisors.Processes;

/// <summary>A VMM or a helper to start.</summary>
internal sealed record HostProcessSpec
{
    /// <summary>What it is, for messages: <c>qemu</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The program's path.</summary>
    public required string Path { get; init; }

    /// <summary>The configuration key that named the path, for messages.</summary>
    public required string PathKey { get; init; }

    /// <summary>Arguments after the program's name.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Descriptors it gets; owned by the caller.</summary>
    public required InheritedDescriptors Descriptors { get; init; }

    /// <summary>The network namespace it starts in; null for the caller's.</summary>
    public Fd? NetworkNamespace { get; init; }

    /// <summary>Open <c>cgroup.procs</c> files it writes itself into.</summary>
    public IReadOnlyList<Fd> Cgroups { get; init; } = [];

    /// <summary>The user it runs as; null for the caller's.</summary>
    public VmmUser? RunAs { get; init; }

    /// <summary>Whether it may leave a core dump, which would hold the guest's memory.</summary>
    public bool AllowCoreDump { get; init; }
}
