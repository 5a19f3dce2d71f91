using Kata.Linux.Mounts;
using Kata.Linux.Paths;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Runtime.Images;

/// <summary>A directory of the store that belongs to one process, for as long as that lives. Disposing removes it.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    /// <summary>Where a scratch directory has a mount, if it has one.</summary>
    public const string MountPoint = "root";

    private readonly FileLock _lock;
    private readonly ILogger _logger;

    private ScratchDirectory(string path, FileLock held, ILogger logger)
    {
        Path = path;
        _lock = held;
        _logger = logger;
    }

    /// <summary>The directory.</summary>
    public string Path { get; }

    /// <summary>Makes a directory; the store's lock has to be held, so that nobody takes it for a stale one before it is locked itself.</summary>
    /// <exception cref="KataException">AlreadyExists: the name is taken.</exception>
    public static ScratchDirectory Create(string path, ILogger logger)
    {
        if (Directory.Exists(path))
        {
            throw new KataException(ErrorCode.AlreadyExists, $"{path} exists already");
        }

        StoreDirectory.Make(path);
        FileLock held = FileLock.TryAcquireDirectory(path) ?? throw new KataException(ErrorCode.Internal, $"the new directory {path} is locked by somebody else");
        return new ScratchDirectory(path, held, logger);
    }

    /// <summary>Takes over a directory whose process is gone; null if it is not.</summary>
    public static ScratchDirectory? TryTakeOver(string path, ILogger logger) =>
        FileLock.TryAcquireDirectory(path) is { } held ? new ScratchDirectory(path, held, logger) : null;

    /// <summary>Makes a directory inside.</summary>
    public string Add(string name, uint mode = StoreDirectory.PrivateMode)
    {
        string path = System.IO.Path.Combine(Path, name);
        StoreDirectory.Make(path, mode);
        return path;
    }

    public void Dispose()
    {
        Teardown.Run(_logger, $"unmount {Path}/{MountPoint}", () => Mount.DetachTree(System.IO.Path.Combine(Path, MountPoint)));
        Teardown.Run(_logger, $"remove {Path}", () => TreeRemover.Remove(Path));
        _lock.Dispose();
    }
}
