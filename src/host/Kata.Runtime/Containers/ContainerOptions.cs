using Kata.Oci.Runtime;
using Kata.Runtime.HostHooks;

namespace Kata.Runtime.Containers;

/// <summary>What a container is made from.</summary>
public sealed record ContainerOptions
{
    /// <summary>Names the container, uniquely in its sandbox.</summary>
    public required string Id { get; init; }

    /// <summary>The OCI spec, as the client wrote it.</summary>
    public required Spec Spec { get; init; }

    /// <summary>The root file system.</summary>
    public required RootfsSource Rootfs { get; init; }

    /// <summary>The bundle directory.</summary>
    public required string Bundle { get; init; }

    /// <summary>Hooks to run on the host, unless they began to run with the sandbox. Null: none.</summary>
    public ContainerHooks? Hooks { get; init; }

    /// <summary>Whether the first process gets a terminal.</summary>
    public bool Terminal { get; init; }
}
