using System.Runtime.InteropServices;

namespace Kata.Linux.Paths;

/// <summary>An flock(2) on a file or directory, exclusive unless said otherwise, held until disposed. The kernel releases it when its holder dies, however that happens.</summary>
public sealed partial class FileLock : IDisposable
{
    private const int Shared = 1; // LOCK_SH
    private const int Exclusive = 2; // LOCK_EX
    private const int NonBlocking = 4; // LOCK_NB
    private const uint FileMode = 0x180; // 0600

    private readonly Fd _file;

    private FileLock(Fd file) => _file = file;

    /// <summary>Waits for the lock on a file, which is made if it is not there. Blocks its thread.</summary>
    /// <param name="path">A path of the caller's own.</param>
    /// <exception cref="LinuxException">As open(2).</exception>
    public static FileLock Acquire(string path) =>
        Lock(OpenFile(path), path, Exclusive) ?? throw new LinuxException("flock", Errno.EAGAIN, path);

    /// <summary>Takes the lock on a file, which is made if it is not there; null if somebody else holds it.</summary>
    /// <param name="path">A path of the caller's own.</param>
    /// <exception cref="LinuxException">As open(2).</exception>
    public static FileLock? TryAcquire(string path) => Lock(OpenFile(path), path, Exclusive | NonBlocking);

    /// <summary>Takes the lock on an existing directory; null if somebody else holds it.</summary>
    /// <param name="path">A path of the caller's own.</param>
    /// <exception cref="LinuxException">ENOENT: there is none. Others as open(2).</exception>
    public static FileLock? TryAcquireDirectory(string path) => Lock(OpenDirectory(path), path, Exclusive | NonBlocking);

    /// <summary>Takes a lock on an existing directory that any number of holders share; null if somebody holds it exclusively.</summary>
    /// <param name="path">A path of the caller's own.</param>
    /// <exception cref="LinuxException">ENOENT: there is none. Others as open(2).</exception>
    public static FileLock? TryShareDirectory(string path) => Lock(OpenDirectory(path), path, Shared | NonBlocking);

    /// <summary>Releases the lock.</summary>
    public void Dispose() => _file.Dispose();

    private static Fd OpenDirectory(string path) => Fd.Open(NativePath.Require(path), OpenFlags.ReadOnly | OpenFlagsPerArchitecture.Directory);

    private static Fd OpenFile(string path) => Fd.Open(NativePath.Require(path), OpenFlags.ReadWrite | OpenFlags.Create, FileMode);

    private static FileLock? Lock(Fd file, string path, int operation)
    {
        while (Flock(file, operation) != 0)
        {
            Errno error = LinuxException.LastErrno();
            if (error == Errno.EINTR)
            {
                continue;
            }

            file.Dispose();
            return error == Errno.EAGAIN ? null : throw new LinuxException("flock", error, path);
        }

        return new FileLock(file);
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(Fd file, int operation);
}
