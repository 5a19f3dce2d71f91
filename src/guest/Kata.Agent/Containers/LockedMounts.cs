using Kata.Linux;
using Kata.Linux.Namespaces;
using Kata.Linux.Processes;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Containers;

/// <summary>
/// A copy of the guest's mounts from which the mount namespaces of containers are made, so that no container can get at what is below its root.
/// </summary>
/// <remarks>
/// <para>
/// What is at the very bottom of a mount namespace can never be unmounted; in a guest that runs from an initrd it is the initial ramfs with the agent in it.
/// A container with CAP_SYS_ADMIN that unmounts its root and enters its own mount namespace anew would land there.
/// </para>
/// <para>
/// The kernel has a lock against this: mounts that are copied between mount namespaces of different user namespaces cannot be unmounted one by one any more,
/// and pivot_root(2) hands the lock of the old root to the new one. So this copy belongs to a user namespace of its own, and containers copy it.
/// </para>
/// </remarks>
internal sealed partial class LockedMounts : IDisposable
{
    private readonly NamespaceFd? _namespace;

    private LockedMounts(NamespaceFd? copy) => _namespace = copy;

    /// <summary>Makes the copy. Where the kernel has no user namespaces, containers have no locked root, which the log says.</summary>
    public static async Task<LockedMounts> CreateAsync(ChildReaper reaper, ILogger logger)
    {
        try
        {
            await using NamespaceHolder holder = NamespaceHolder.Start(reaper, CloneFlags.NewUser | CloneFlags.NewNs);
            return new LockedMounts(NamespaceFd.Open(holder.Pid, CloneFlags.NewNs));
        }
        catch (LinuxException error) when (error.Errno is Errno.EINVAL or Errno.ENOSPC or Errno.EPERM)
        {
            LogUnlocked(logger, LinuxException.Explain(error.Errno));
            return new LockedMounts(null);
        }
    }

    /// <summary>Puts the calling thread into a mount namespace of its own, a copy of this one. The thread must live for this.</summary>
    public void EnterCopy()
    {
        ThreadNamespaces.Unshare(CloneFlags.OwnFileSystemInfo);
        _namespace?.Enter();
        ThreadNamespaces.Unshare(CloneFlags.NewNs);
    }

    /// <inheritdoc/>
    public void Dispose() => _namespace?.Dispose();

    [LoggerMessage(
        EventId = 850,
        Level = LogLevel.Warning,
        Message = "the kernel makes no user namespace ({Reason}): a container with CAP_SYS_ADMIN can unmount its root and see what is below")]
    private static partial void LogUnlocked(ILogger logger, string reason);
}
