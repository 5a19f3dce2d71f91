using Kata.Linux.Paths;

namespace Kata.Agent.Storage;

/// <summary>Owns what one storage put into the guest's file system tree.</summary>
internal sealed class GuestMount(string mountPoint, bool isMounted, string? ownedTree) : IDisposable
{
    private int _disposed;

    /// <summary>Where it is.</summary>
    public string MountPoint { get; } = mountPoint;

    /// <summary>Unmounts and removes what was made. Safe to repeat.</summary>
    /// <exception cref="Kata.Linux.LinuxException">The unmount failed.</exception>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        if (isMounted)
        {
            Linux.Mounts.Mount.TryDetach(MountPoint, lazy: true);
        }

        if (ownedTree is not null)
        {
            TreeRemover.Remove(ownedTree);
        }
    }
}
