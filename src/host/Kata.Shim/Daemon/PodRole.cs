namespace Kata.Shim.Daemon;

/// <summary>What a container is to its pod.</summary>
internal enum PodRole
{
    /// <summary>No pod: a container with a VM of its own, as <c>ctr</c> and <c>nerdctl</c> make them.</summary>
    SingleContainer,

    /// <summary>The pod's first container, which owns the VM.</summary>
    Sandbox,

    /// <summary>A further container in an existing VM.</summary>
    PodContainer,
}
