using System.Text;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Linux.Tests.Paths;

public sealed class ConfinedDirectoryTests : IDisposable
{
    private readonly TemporaryDirectory _outside = new();
    private readonly TemporaryDirectory _tree = new();
    private readonly ConfinedDirectory _confined;

    public ConfinedDirectoryTests()
    {
        _confined = ConfinedDirectory.Open(_tree.Path);
        File.WriteAllText(_outside.Of("secret"), "outside");
    }

    public void Dispose()
    {
        _confined.Dispose();
        _tree.Dispose();
        _outside.Dispose();
    }

    [Fact]
    public void Open_AbsoluteLink_StaysInTree()
    {
        Directory.CreateSymbolicLink(_tree.Of("link"), _outside.Path);

        Assert.Null(_confined.TryOpen("link/secret", OpenFlags.ReadOnly));
    }

    [Theory]
    [InlineData("../../../../etc/passwd")]
    [InlineData("/../../etc/passwd")]
    [InlineData("a/../../../etc/passwd")]
    public void Open_DotDot_StopsAtTheRoot(string path)
    {
        Directory.CreateDirectory(_tree.Of("a"));
        Directory.CreateDirectory(_tree.Of("etc"));
        File.WriteAllText(_tree.Of("etc/passwd"), "inside");

        Assert.Equal("inside", Encoding.UTF8.GetString(_confined.ReadFile(path, 100)));
    }

    [Fact]
    public void Open_LinkWithinTree_IsFollowedUnlessStrict()
    {
        File.WriteAllText(_tree.Of("file"), "x");
        File.CreateSymbolicLink(_tree.Of("link"), "/file");
        using var strict = ConfinedDirectory.Open(_tree.Path, ResolveFlags.Strict);

        Assert.Equal("x", Encoding.UTF8.GetString(_confined.ReadFile("link", 100)));
        Assert.Equal(Errno.ELOOP, Assert.Throws<LinuxException>(() => strict.Open("link", OpenFlags.ReadOnly)).Errno);
    }

    [Fact]
    public void Open_MagicLink_IsRefused()
    {
        using var proc = ConfinedDirectory.Open("/proc");

        Assert.Equal(Errno.ELOOP, Assert.Throws<LinuxException>(() => proc.Open("self/root/etc", OpenFlags.Path)).Errno);
    }

    [Fact]
    public void CreateDirectories_LinkToOutside_MakesThemInside()
    {
        Directory.CreateSymbolicLink(_tree.Of("run"), "/var/run");
        Directory.CreateDirectory(_tree.Of("var/run"));

        using Fd made = _confined.CreateDirectories("/run/a//b/./c/../d/");

        Assert.True(Directory.Exists(_tree.Of("var/run/a/b/d")));
        Assert.Equal(FileAt.Status(made).Inode, _confined.TryStatus("run/a/b/d")!.Value.Inode);
    }

    [Fact]
    public void CreateDirectories_LinkToNothing_FailsAndMakesNothing()
    {
        Directory.CreateSymbolicLink(_tree.Of("run"), _outside.Of("made"));

        Assert.Equal(Errno.ENOENT, Assert.Throws<LinuxException>(() => _confined.CreateDirectories("run/a")).Errno);
        Assert.False(Directory.Exists(_outside.Of("made")));
    }

    [Fact]
    public void CreateDirectories_FileOnTheWay_Fails()
    {
        File.WriteAllText(_tree.Of("file"), string.Empty);

        Assert.Equal(Errno.ENOTDIR, Assert.Throws<LinuxException>(() => _confined.CreateDirectories("file/a")).Errno);
    }

    [Fact]
    public void CreateFile_Missing_MakesItWithItsDirectories()
    {
        using Fd file = _confined.CreateFile("a/b/file");

        Assert.Equal(FileKind.Regular, FileAt.Status(file).Kind);
        Assert.True(File.Exists(_tree.Of("a/b/file")));
        Assert.Throws<LinuxException>(() => _confined.CreateFile("a/b"));
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("")]
    public void Open_ImpossiblePath_IsInvalid(string path) =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => _confined.Open(path, OpenFlags.Path)).Code);

    [Fact]
    public void ReadFile_TooLargeOrNoFile_Fails()
    {
        File.WriteAllBytes(_tree.Of("file"), new byte[5000]);
        using (Fd root = _tree.Open())
        {
            FileAt.MakeNode(root, "fifo", FileKind.Fifo, 0x1FF);
        }

        Assert.Equal(5000, _confined.ReadFile("file", 5000).Length);
        Assert.Equal(ErrorCode.ResourceExhausted, Assert.Throws<KataException>(() => _confined.ReadFile("file", 4999)).Code);
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => _confined.ReadFile("fifo", 4999)).Code);
    }

    [Fact]
    public void OpenRegular_DeviceInItsPlace_IsNotOpened()
    {
        using (Fd root = _tree.Open())
        {
            // A number without a driver: opening it would fail with another error.
            FileAt.MakeNode(root, "device", FileKind.CharacterDevice, 0x1B6, new DeviceNumber(4000, 1));
        }

        File.WriteAllText(_tree.Of("file"), "x");
        using Fd file = _confined.OpenRegular("file", OpenFlags.ReadWrite);

        FdIo.WriteAll(file, "y"u8);
        Assert.Equal("y", File.ReadAllText(_tree.Of("file")));
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => _confined.OpenRegular("device", OpenFlags.ReadOnly)).Code);
    }

    [Fact]
    public async Task CreateDirectories_TreeChangesMeanwhile_NeverLeavesIt()
    {
        // Another thread swaps a directory for a link to the outside as fast as it can.
        Directory.CreateDirectory(_tree.Of("real"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Task swapping = Task.Run(
            () =>
            {
                using Fd root = _tree.Open();
                FileAt.MakeSymbolicLink(_outside.Path, root, "evil");
                while (!stop.IsCancellationRequested)
                {
                    FileAt.Exchange(root, "real", root, "evil");
                }
            },
            TestContext.Current.CancellationToken);

        for (int i = 0; i < 2000; i++)
        {
            try
            {
                _confined.CreateDirectories($"real/d{i}").Dispose();
            }
            catch (LinuxException)
            {
                // Losing the race is fine; leaving the tree is not.
            }
        }

        await stop.CancelAsync();
        await swapping;
        Assert.Equal(["secret"], Directory.EnumerateFileSystemEntries(_outside.Path).Select(Path.GetFileName));
    }
}
