using System.Globalization;
using Kata.Linux;
using Kata.Linux.Events;
using Kata.Linux.Mounts;
using Kata.Linux.Namespaces;
using Kata.Linux.Paths;
using Kata.Linux.Processes;
using Kata.Primitives;

namespace Kata.Agent.Containers;

/// <summary>Copies a mount that a container sees, such as one that its program has made, out of its mount namespace.</summary>
/// <param name="owner">The container.</param>
/// <param name="shown">How messages name what is asked for.</param>
/// <param name="time">The clock.</param>
internal sealed class MountLender(Container owner, string shown, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Waits until the container has a mount at a path, and copies it with what is mounted below.</summary>
    /// <param name="path">The mount point in the container, without a slash at its end.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The copy: later mounts of the container below it show there if the container shares them, and none of the copy's show in the container.</returns>
    /// <exception cref="KataException">
    /// FailedPrecondition: the container ended or was removed, or took the mount away again. DeadlineExceeded: there was none within ten seconds, or whoever
    /// serves the files on the way does not answer.
    /// </exception>
    public async Task<DetachedMount> LendAsync(string path, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(Patience, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await AwaitMountAsync(path, stop.Token).ConfigureAwait(false);
            return await CopyAsync(path, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new KataException(
                ErrorCode.DeadlineExceeded,
                $"{shown}: container {owner.Id} had no usable mount at {Printable.Escape(path, 128)} within {Patience.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s");
        }
        catch (ObjectDisposedException error)
        {
            throw new KataException(ErrorCode.FailedPrecondition, $"{shown}: container {owner.Id} was removed meanwhile", error);
        }
    }

    private async Task AwaitMountAsync(string path, CancellationToken stop)
    {
        int pid = owner.Init.Pid;
        using var changes = new PolledFd(OpenMounts(pid));
        using var unused = CancellationTokenSource.CreateLinkedTokenSource(stop);
        while (true)
        {
            uint seen = changes.ReadEdges;
            if (owner.Init.Exited.IsCompleted)
            {
                throw Ended();
            }

            if (HasMount(pid, path))
            {
                return;
            }

            // The kernel tells when the namespace's mounts change.
            Task change = changes.WaitReadableAsync(seen, unused.Token).AsTask();
            if (await Task.WhenAny(change, owner.Init.Exited).ConfigureAwait(false) != change)
            {
                await unused.CancelAsync().ConfigureAwait(false);
            }

            await change.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stop.ThrowIfCancellationRequested();
        }
    }

    private Fd OpenMounts(int pid) =>
        OfItsProcess(() => Fd.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/mountinfo"), OpenFlags.ReadOnly));

    private bool HasMount(int pid, string path) => OfItsProcess(() => MountInfo.Read(pid).Any(mount => mount.MountPoint == path));

    // A process that has ended has no mounts; EINVAL says so while it still has a directory in /proc.
    private T OfItsProcess<T>(Func<T> look)
    {
        try
        {
            return look();
        }
        catch (LinuxException error) when (error.Errno is Errno.ENOENT or Errno.ESRCH or Errno.EINVAL)
        {
            throw Ended();
        }
    }

    // A path through a file system that a process of the container serves may keep a lookup waiting for ever: then the thread is left to itself. It ends with
    // that process.
    private async Task<DetachedMount> CopyAsync(string path, CancellationToken stop)
    {
        using var thread = new LauncherThread("mount-lender");
        Task<DetachedMount> copying = thread.RunAsync(() => Copy(path));
        try
        {
            return await copying.WaitAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _ = DropAsync(copying);
            throw;
        }
    }

    private static async Task DropAsync(Task<DetachedMount> late)
    {
        await ((Task)late).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (late.IsCompletedSuccessfully)
        {
            (await late.ConfigureAwait(false)).Dispose();
        }
    }

    private DetachedMount Copy(string path)
    {
        // Only who is in a mount namespace may copy its mounts. The lookup is confined to the container's root all the same.
        ThreadNamespaces.Unshare(CloneFlags.OwnFileSystemInfo);
        owner.Mounts.Enter();
        using Fd? place = owner.Root.TryOpen(path, OpenFlags.Path);
        if (place is null || !FileAt.KnownStatus(place).IsMountRoot)
        {
            throw new KataException(ErrorCode.FailedPrecondition, $"{shown}: container {owner.Id} has unmounted {Printable.Escape(path, 128)} again");
        }

        DetachedMount copy = DetachedMount.Clone(place, recursive: true);
        try
        {
            copy.SetAttributes(MountAttributes.None, MountAttributes.None, recursive: true, MountFlags.Slave);
            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    private KataException Ended() => new(ErrorCode.FailedPrecondition, $"{shown}: container {owner.Id} has ended");
}
