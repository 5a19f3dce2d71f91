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

    /// <summary>
    /// The directory of a cgroup of version 2, opened in any way (O_PATH will do), that the child is born in; null for the parent's cgroup. Only where
    /// <see cref="ProcessLauncher.CanPlace"/> says so. A group that has reached its limit of processes takes no more in this way, though it would take one that
    /// is moved there.
    /// </summary>
    public Fd? Cgroup { get; init; }
}
