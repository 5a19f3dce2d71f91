using Kata.Linux.Paths;

namespace Kata.Linux.Tests.Paths;

public sealed class FileLockTests
{
    [Fact]
    public void TryShareDirectory_Shared_KeepsExclusiveHoldersOut()
    {
        using var directory = new TemporaryDirectory();
        FileLock first = FileLock.TryShareDirectory(directory.Path)!;
        FileLock second = FileLock.TryShareDirectory(directory.Path)!;

        Assert.Null(FileLock.TryAcquireDirectory(directory.Path));
        first.Dispose();
        Assert.Null(FileLock.TryAcquireDirectory(directory.Path));
        second.Dispose();
        using FileLock? alone = FileLock.TryAcquireDirectory(directory.Path);

        Assert.NotNull(alone);
        Assert.Null(FileLock.TryShareDirectory(directory.Path));
    }

    [Fact]
    public void TryShareDirectory_NotThere_SaysSo() =>
        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => FileLock.TryShareDirectory("/nonexistent/directory")).Errno);
}
