using Kata.Linux;
using Kata.Linux.Mounts;

namespace Kata.Agent.Rootfs;

/// <summary>
/// The part of a root file system that only the container's first process can make, because procfs shows the pid namespace of the process that mounts it.
/// Everything is done in the order of the lists, by the child between clone and execve.
/// </summary>
internal sealed class InitMounts : IDisposable
{
    /// <summary>Mounts of procfs.</summary>
    public List<ProcMount> Proc { get; } = [];

    /// <summary>Bind mounts over files of procfs, prepared as detached mounts.</summary>
    public List<(DetachedMount Mount, string Target)> OverProc { get; } = [];

    /// <summary>Paths below /proc that are made read-only.</summary>
    public List<string> ReadOnly { get; } = [];

    /// <summary>Paths below /proc that are hidden.</summary>
    public List<string> Masked { get; } = [];

    /// <summary>The container's /dev/null, verified, to hide files with; null when nothing is to be hidden.</summary>
    public Fd? NullDevice { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        NullDevice?.Dispose();
        foreach ((DetachedMount mount, _) in OverProc)
        {
            mount.Dispose();
        }
    }

    /// <summary>One mount of procfs.</summary>
    /// <param name="Target">An absolute path in the container.</param>
    /// <param name="Flags">Flags of mount(2).</param>
    /// <param name="Data">Options of procfs.</param>
    internal sealed record ProcMount(string Target, MountFlags Flags, string? Data);
}
