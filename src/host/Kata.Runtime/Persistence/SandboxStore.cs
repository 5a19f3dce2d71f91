using System.Text.Json;
using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;
using Kata.Runtime.Sandboxes;

namespace Kata.Runtime.Persistence;

/// <summary>A sandbox's directory under <c>/run/vc/sbs</c>, locked while this object lives.</summary>
/// <remarks>The lock is an flock on <c>persist.lock</c> beside the state: the kernel releases it when its holder dies.</remarks>
public sealed class SandboxStore : IDisposable
{
    private const int MaxBytes = 1024 * 1024;
    private const string FileName = "persist.json";
    private const string LockName = "persist.lock";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _directory;
    private readonly FileLock _lock;

    private SandboxStore(string directory, FileLock lockFile)
    {
        _directory = directory;
        _lock = lockFile;
    }

    /// <summary>Makes the directory of a new sandbox.</summary>
    /// <exception cref="KataException">AlreadyExists: a sandbox of this id is there, alive or crashed.</exception>
    public static SandboxStore Create(SandboxPaths paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        Directory.CreateDirectory(Path.GetDirectoryName(paths.State)!, OwnerOnly | UnixFileMode.UserExecute);
        if (File.Exists(Path.Combine(paths.State, FileName)))
        {
            throw new KataException(ErrorCode.AlreadyExists, $"sandbox {paths.Id} exists already in {paths.State}; delete it or use another id");
        }

        Directory.CreateDirectory(paths.State, OwnerOnly | UnixFileMode.UserExecute);
        return TryLock(paths) ?? throw InUse(paths);
    }

    /// <summary>Opens the directory of a sandbox that another process left.</summary>
    /// <param name="paths">The sandbox's places.</param>
    /// <param name="store">The directory, locked; null when there is none, or when it is in use.</param>
    /// <returns>False: another process holds the lock, as the owner does while it lives.</returns>
    public static bool TryOpen(SandboxPaths paths, out SandboxStore? store)
    {
        ArgumentNullException.ThrowIfNull(paths);
        store = null;
        if (!Directory.Exists(paths.State))
        {
            return true;
        }

        try
        {
            store = TryLock(paths);
            return store is not null;
        }
        catch (LinuxException error) when (error.Errno == Errno.ENOENT)
        {
            return true; // another clean-up was quicker
        }
    }

    /// <summary>The error of a sandbox whose owner lives.</summary>
    internal static KataException InUse(SandboxPaths paths) => new(
        ErrorCode.FailedPrecondition, $"sandbox {paths.Id} is in use by another process, which holds the lock on {LockPath(paths)}");

    /// <summary>Replaces the state; a reader sees the old or the new, never a part.</summary>
    public void Save(PersistedSandbox state)
    {
        string temporary = Path.Combine(_directory, "." + FileName);
        using (FileStream stream = Open(temporary, FileMode.Create))
        {
            JsonSerializer.Serialize(stream, state, PersistenceJson.Default.PersistedSandbox);
        }

        File.Move(temporary, Path.Combine(_directory, FileName), overwrite: true);
    }

    /// <summary>The state saved last; null when none was saved.</summary>
    /// <exception cref="KataException">InvalidArgument: not JSON, too large, or of a version this build does not know.</exception>
    public PersistedSandbox? Load()
    {
        var file = new FileInfo(Path.Combine(_directory, FileName));
        if (!file.Exists)
        {
            return null;
        }

        if (file.Length > MaxBytes)
        {
            throw KataException.Invalid($"{file.FullName} has {file.Length} bytes; the limit is {MaxBytes}");
        }

        PersistedSandbox? state;
        try
        {
            state = JsonSerializer.Deserialize(File.ReadAllBytes(file.FullName), PersistenceJson.Default.PersistedSandbox);
        }
        catch (JsonException error)
        {
            throw KataException.Invalid($"{file.FullName}: {error.Message}", error);
        }

        return state is null or { PersistVersion: PersistedSandbox.CurrentVersion }
            ? state
            : throw KataException.Invalid($"{file.FullName} has version {state.PersistVersion}; this build knows {PersistedSandbox.CurrentVersion}");
    }

    /// <summary>Removes the directory and everything in it.</summary>
    public void Remove()
    {
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    /// <summary>Releases the lock.</summary>
    public void Dispose() => _lock.Dispose();

    private static string LockPath(SandboxPaths paths) => Path.Combine(paths.State, LockName);

    private static SandboxStore? TryLock(SandboxPaths paths) =>
        FileLock.TryAcquire(LockPath(paths)) is { } held ? new SandboxStore(paths.State, held) : null;

    private static FileStream Open(string path, FileMode mode) => new(path, new FileStreamOptions
    {
        Mode = mode,
        Access = FileAccess.ReadWrite,
        Share = FileShare.None,
        BufferSize = 0,
        UnixCreateMode = OwnerOnly,
    });
}
