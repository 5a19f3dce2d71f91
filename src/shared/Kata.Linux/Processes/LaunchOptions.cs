namespace Kata.Linux.Processes;

/// <summary>How a process is made.</summary>
public sealed record LaunchOptions
{
    /// <summary>New namespaces that it starts in. Not <see cref="CloneFlags.NewTime"/>, which clone cannot make.</summary>
    public CloneFlags Namespaces { get; init; }

    /// <summary>
    /// Whether the child may share the parent's memory until it executes: faster, since no page tables are copied, and right for programs of our own on the
    /// host. A process that belongs to a container must not. Programs that change user or group never share, whatever is said here.
    /// </summary>
    public bool ShareMemory { get; init; }

    /// <summary>A pid namespace, or a pidfd of a process in it, that the child starts in; null for the parent's.</summary>
    public Fd? PidNamespace { get; init; }
}
