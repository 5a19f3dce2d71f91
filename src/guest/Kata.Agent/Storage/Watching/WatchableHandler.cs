using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;
using Kata.Primitives;
using Microsoft.Extensions.Logging;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Storage.Watching;

/// <summary>
/// Serves configuration that programs watch for changes, such as ConfigMaps and Secrets. File systems shared by the host tell nobody in the guest about
/// changes, so the content is copied to memory of the guest, and copied again when it changes.
/// </summary>
internal sealed partial class WatchableHandler : IStorageHandler
{
    private const string Staging = GuestPaths.Watchable + "/.staging";
    private const string Limits = "mode=0755,size=96m,nr_inodes=32k";
    private const MountFlags Safe = MountFlags.NoSetId | MountFlags.NoDevices;

    private const int MaxAttempts = 6;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    private readonly WatchLimits _limits;
    private readonly TimeProvider _time;
    private readonly Lazy<WatchThread> _thread;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private GuestMount? _memory;
    private int _users;
    private long _made;

    /// <summary>Makes one that watches nothing yet.</summary>
    /// <param name="period">The time between two looks for changes.</param>
    /// <param name="limits">The most that is copied of one volume.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Gets what goes wrong later.</param>
    public WatchableHandler(TimeSpan period, WatchLimits limits, TimeProvider time, ILogger logger)
    {
        _time = time;
        _limits = limits;
        _logger = logger;
        _thread = new Lazy<WatchThread>(() => new WatchThread(period, logger));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Drivers { get; } = ["watchable-bind"];

    /// <inheritdoc/>
    public MakeStorage Plan(StorageRequest storage, string? containerId)
    {
        if (containerId is null)
        {
            throw KataException.Invalid("storage driver watchable-bind: the storage must belong to a container");
        }

        if (!storage.MountPoint.StartsWith(GuestPaths.Watchable + "/", StringComparison.Ordinal) || storage.MountPoint.StartsWith(Staging, StringComparison.Ordinal))
        {
            throw KataException.Invalid($"storage driver watchable-bind: the mount point '{Printable.Escape(storage.MountPoint, 128)}' is not below {GuestPaths.Watchable}");
        }

        GuestPaths.RequireBelowRoot(storage.Source);
        var words = new StorageOptions(storage.Options);
        VolumeGroup? group = VolumeGroup.Take(storage, words);

        // The runtime sends the bind mount's options; the copy needs none of them, but they must be options.
        _ = words.TakeMountOptions();
        return token => MakeAsync(storage, group, token);
    }

    // Longer in all than virtio-fs shows a name as it was. A source that is between two versions even then is like that.
    private async ValueTask<GuestMount> MakeAsync(StorageRequest storage, VolumeGroup? group, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return GuestMount.Make(storage.MountPoint, mount => Make(mount, storage.Source, group, asItIs: attempt == MaxAttempts));
            }
            catch (KataException error) when (error.Code == ErrorCode.Unavailable && attempt < MaxAttempts)
            {
                await Task.Delay(Pause, _time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private void Make(GuestMount mount, string source, VolumeGroup? group, bool asItIs)
    {
        MountMemory();
        mount.Own(UnmountMemory);
        bool isDirectory;
        using (Fd from = GuestPaths.Open(source, OpenFlags.Path))
        {
            isDirectory = FileAt.Status(from).IsDirectory;
        }

        string staging = $"{Staging}/{Interlocked.Increment(ref _made)}";
        var volume = new WatchedVolume(source, mount.MountPoint, staging, group, _limits);
        using (Fd target = isDirectory ? GuestPaths.CreateDirectory(mount.MountPoint, mount) : GuestPaths.CreateFile(mount.MountPoint, mount))
        {
            mount.Own(() => Empty(mount.MountPoint, isDirectory));
        }

        try
        {
            volume.Update(asItIs);
        }
        catch (KataException error) when (error.Code == ErrorCode.ResourceExhausted && error is not LinuxException)
        {
            LogTooLarge(_logger, source, error.Message);
            BindHandler.Bind(mount, source, new MountOptions(), group: null);
            return;
        }

        if (volume.Skipped > 0)
        {
            LogSkipped(_logger, source, volume.Skipped);
        }

        _thread.Value.Add(volume);
        mount.Own(() => _thread.Value.Remove(volume));
    }

    private static void Empty(string path, bool isDirectory)
    {
        if (!isDirectory)
        {
            return;
        }

        using Fd directory = GuestPaths.Open(path, OpenFlags.Path);
        TreeRemover.RemoveContents(directory);
    }

    private void MountMemory()
    {
        lock (_gate)
        {
            _memory ??= GuestMount.Make(GuestPaths.Watchable, mount =>
            {
                using Fd target = GuestPaths.CreateDirectory(GuestPaths.Watchable, mount);
                Mount.Attach("tmpfs", target, "tmpfs", Safe, Limits);
                mount.Own(() => GuestPaths.Unmount(GuestPaths.Watchable));
            });
            _users++;
        }
    }

    private void UnmountMemory()
    {
        lock (_gate)
        {
            if (--_users == 0)
            {
                GuestMount? memory = _memory;
                _memory = null;
                memory?.Dispose();
            }
        }
    }

    [LoggerMessage(
        EventId = 841, Level = LogLevel.Warning, Message = "volume {Volume} is shown to the container as it is shared, so that watchers in it notice no changes: {Reason}")]
    private static partial void LogTooLarge(ILogger logger, string volume, string reason);

    [LoggerMessage(EventId = 842, Level = LogLevel.Warning, Message = "volume {Volume} has {Count} devices, FIFOs or sockets, which a watched volume does not show")]
    private static partial void LogSkipped(ILogger logger, string volume, int count);
}
