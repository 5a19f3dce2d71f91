using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;

namespace Kata.Agent.Storage;

/// <summary>Mounts of what the host shares that lead nowhere any more, because the host took away what was behind them.</summary>
internal static class StaleShares
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Unmounts them; the share itself stays.</summary>
    /// <returns>How many there were.</returns>
    /// <exception cref="LinuxException">As umount2(2).</exception>
    public static async Task<int> RemoveAsync(CancellationToken cancellationToken)
    {
        int removed = 0;
        foreach (MountEntry mount in MountInfo.Read().Reverse())
        {
            bool isShare = mount.FileSystemType is "virtiofs" or "9p" && mount.MountPoint.StartsWith(GuestPaths.Shared + "/", StringComparison.Ordinal);
            if (isShare && await IsStaleAsync(mount.MountPoint, cancellationToken).ConfigureAwait(false))
            {
                Mount.TryDetach(mount.MountPoint, lazy: true);
                removed++;
            }
        }

        return removed;
    }

    private static async Task<bool> IsStaleAsync(string path, CancellationToken cancellationToken)
    {
        // The host may never answer: then one thread waits for it, and the mount counts as stale.
        Task<bool> look = Task.Run(() => IsGone(path), CancellationToken.None);
        try
        {
            return await look.WaitAsync(Patience, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return true;
        }
    }

    private static bool IsGone(string path)
    {
        try
        {
            using Fd mounted = Fd.Open(path, OpenFlags.Path);
            _ = FileAt.Status(mounted);
            return false;
        }
        catch (LinuxException error) when (error.Errno is Errno.ENOENT or Errno.ESTALE or Errno.ENOTCONN or Errno.EIO or Errno.ENODEV)
        {
            return true;
        }
    }
}
