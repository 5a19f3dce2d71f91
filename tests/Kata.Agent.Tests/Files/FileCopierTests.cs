using Google.Protobuf;
using Kata.Agent.Files;
using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Agent.Tests.Files;

public sealed class FileCopierTests : IDisposable
{
    private const string Shared = "/run/kata-containers/shared/containers/";
    private const uint RegularFile = 0x8000;
    private const uint DirectoryBit = 0x4000;
    private const uint LinkBit = 0xA000;

    private readonly string _root = Directory.CreateTempSubdirectory("kata-copy-").FullName;
    private readonly FileCopier _copier;

    public FileCopierTests() => _copier = new FileCopier(TimeProvider.System, NullLogger.Instance, _root);

    public void Dispose()
    {
        _copier.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public void Copy_WholeFile_HasContentModeOwnerAndParent()
    {
        _copier.Copy(Chunk("a/b/file", "hello", 5, 0, mode: RegularFile | 0x9ED));

        Assert.Equal("hello", Read("a/b/file"));
        FileStatus status = Status("a/b/file");
        Assert.Equal((0x9EDU, 12U, 34U), (status.Permissions, status.UserId, status.GroupId));
        Assert.Equal(0x1E8U, Status("a/b").Permissions);
        Assert.Equal(12U, Status("a").UserId);
    }

    [Theory]
    [InlineData(0, 1, 2)]
    [InlineData(2, 1, 0)]
    [InlineData(1, 2, 0)]
    public void Copy_ChunksInAnyOrder_AppearOnceComplete(params int[] order)
    {
        string[] parts = ["first-", "second-", "third"];
        int[] offsets = [0, 6, 13];
        foreach (int part in order)
        {
            Assert.False(File.Exists(Path.Combine(_root, "f")));
            _copier.Copy(Chunk("f", parts[part], 18, offsets[part]));
        }

        Assert.Equal("first-second-third", Read("f"));
        Assert.Equal(["f"], Names());
    }

    [Fact]
    public void Copy_StartedAgain_ForgetsWhatCameBefore()
    {
        _copier.Copy(Chunk("f", "old", 6, 0));
        _copier.Copy(Chunk("f", "new", 6, 0));
        _copier.Copy(Chunk("f", "er", 6, 4));
        Assert.False(File.Exists(Path.Combine(_root, "f")));
        _copier.Copy(Chunk("f", "-", 6, 3));

        Assert.Equal("new-er", Read("f"));
        Assert.Equal(["f"], Names());
    }

    [Fact]
    public void Copy_OtherSize_StartsAgain()
    {
        _copier.Copy(Chunk("f", "old", 6, 0));
        _copier.Copy(Chunk("f", "abc", 3, 0));

        Assert.Equal("abc", Read("f"));
        Assert.Equal(["f"], Names());
    }

    [Fact]
    public void Copy_EmptyFile_IsMade()
    {
        _copier.Copy(Chunk("empty", "", 0, 0));

        Assert.Equal(string.Empty, Read("empty"));
    }

    [Fact]
    public void Copy_OverFileLinkAndDirectory_ReplacesThem()
    {
        File.WriteAllText(Path.Combine(_root, "victim"), "untouched");
        File.CreateSymbolicLink(Path.Combine(_root, "link"), "victim");
        Directory.CreateDirectory(Path.Combine(_root, "dir/sub"));
        _copier.Copy(Chunk("link", "x", 1, 0));
        _copier.Copy(Chunk("dir", "y", 1, 0));
        _copier.Copy(Chunk("dir", "z", 1, 0));

        Assert.Equal(("untouched", "x", "z"), (Read("victim"), Read("link"), Read("dir")));
        Assert.Equal(["dir", "link", "victim"], Names());
    }

    [Fact]
    public void Copy_Directory_KeepsItsContent()
    {
        _copier.Copy(Chunk("d/f", "x", 1, 0));
        var request = new CopyFileRequest { Path = Shared + "d", FileMode = DirectoryBit | 0x5ED, DirMode = 0x1E8, Uid = 1, Gid = 2 };
        _copier.Copy(request);
        _copier.Copy(request);
        _copier.Copy(new CopyFileRequest { Path = Shared + "old", DirMode = DirectoryBit | 0x1C0 });

        Assert.Equal("x", Read("d/f"));
        Assert.Equal((0x5EDU, 1U, 2U), (Status("d").Permissions, Status("d").UserId, Status("d").GroupId));
        Assert.Equal((FileKind.Directory, 0x1C0U), (Status("old").Kind, Status("old").Permissions));
    }

    [Fact]
    public void Copy_Link_IsMadeAndReplacedAtOnce()
    {
        _copier.Copy(Link("..data", "../first"));
        _copier.Copy(Link("..data", "/second"));

        Assert.Equal("/second", new FileInfo(Path.Combine(_root, "..data")).LinkTarget);
        Assert.Equal(["..data"], Names());
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("/run/kata-containers/sandbox/resolv.conf")]
    [InlineData("/run/kata-containers/shared/containers")]
    [InlineData("/run/kata-containers/shared/containers/")]
    [InlineData("/run/kata-containers/shared/containers/../x")]
    [InlineData("/run/kata-containers/shared/containers/a//b")]
    [InlineData("/run/kata-containers/shared/containers/a\0b")]
    [InlineData("")]
    public void Copy_PathOutside_IsInvalid(string path)
    {
        CopyFileRequest request = Chunk("x", "x", 1, 0);
        request.Path = path;

        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => _copier.Copy(request)).Code);
        Assert.Empty(Names());
    }

    [Fact]
    public void Copy_ThroughLinks_IsRefused()
    {
        string outside = Directory.CreateTempSubdirectory("kata-outside-").FullName;
        File.CreateSymbolicLink(Path.Combine(_root, "out"), outside);
        File.CreateSymbolicLink(Path.Combine(_root, "magic"), "/proc/self/root");

        Assert.Equal(Errno.ELOOP, Assert.Throws<LinuxException>(() => _copier.Copy(Chunk("out/x", "x", 1, 0))).Errno);
        Assert.Equal(Errno.ELOOP, Assert.Throws<LinuxException>(() => _copier.Copy(Link("out/x", "y"))).Errno);
        Assert.Equal(Errno.ELOOP, Assert.Throws<LinuxException>(() => _copier.Copy(Chunk("magic/tmp/x", "x", 1, 0))).Errno);
        Assert.Empty(Directory.GetFileSystemEntries(outside));
        Directory.Delete(outside);
    }

    public static TheoryData<CopyFileRequest> Wrong => new(
        Chunk("f", "x", -1, 0),
        Chunk("f", "x", 1, -1),
        Chunk("f", "xx", 1, 0),
        Chunk("f", "x", 1, 1),
        Chunk("f", "x", long.MaxValue, long.MaxValue),
        Chunk("f", "x", 1, 0, mode: 0x2000 | 0x1FF),
        Chunk("f", "x", 1, 0, mode: 0x1000),
        Link("f", ""),
        Link("f", "a\0b"),
        Link("f", new string('x', 4096)));

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void Copy_ImpossibleRequest_IsInvalidAndLeavesNothing(CopyFileRequest request)
    {
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => _copier.Copy(request)).Code);
        Assert.Empty(Names());
    }

    [Fact]
    public void Copy_MoreThanThereIsRoomFor_IsRefused()
    {
        KataException error = Assert.Throws<KataException>(() => _copier.Copy(Chunk("f", "x", long.MaxValue, 0)));

        Assert.Equal(ErrorCode.ResourceExhausted, error.Code);
        Assert.Empty(Names());
    }

    [Fact]
    public void Copy_TooManyAtOnce_IsRefusedUntilOneIsFinished()
    {
        for (int i = 0; i < 64; i++)
        {
            _copier.Copy(Chunk($"f{i}", "x", 2, 0));
        }

        Assert.Equal(ErrorCode.ResourceExhausted, Assert.Throws<KataException>(() => _copier.Copy(Chunk("f64", "x", 2, 0))).Code);
        _copier.Copy(Chunk("f0", "y", 2, 1));
        _copier.Copy(Chunk("f64", "x", 2, 0));
    }

    [Fact]
    public void Dispose_UnfinishedFiles_RemovesThem()
    {
        _copier.Copy(Chunk("a", "x", 2, 0));
        _copier.Copy(Chunk("b", "x", 2, 1));
        Assert.Equal(2, Names().Length);

        _copier.Dispose();

        Assert.Empty(Names());
    }

    [Fact]
    public void Ranges_RandomPieces_AgreeWithABitmap()
    {
        var random = new Random(3);
        for (int round = 0; round < 2000; round++)
        {
            var ranges = new ByteRanges();
            bool[] map = new bool[40];
            for (int i = 0; i < 12; i++)
            {
                int start = random.Next(map.Length);
                int length = random.Next(map.Length - start + 1);
                Assert.True(ranges.Add(start, length));
                map.AsSpan(start, length).Fill(true);
                Assert.Equal(map[0], ranges.HasStart);
                Assert.Equal(map.All(set => set), ranges.Cover(map.Length));
            }
        }
    }

    private static CopyFileRequest Chunk(string path, string data, long size, long offset, uint mode = RegularFile | 0x1A4) => new()
    {
        Path = Shared + path,
        Data = ByteString.CopyFromUtf8(data),
        FileSize = size,
        Offset = offset,
        FileMode = mode,
        DirMode = 0x1E8,
        Uid = 12,
        Gid = 34,
    };

    private static CopyFileRequest Link(string path, string target) =>
        new() { Path = Shared + path, Data = ByteString.CopyFromUtf8(target), FileMode = LinkBit | 0x1FF, DirMode = 0x1E8 };

    private string Read(string path) => File.ReadAllText(Path.Combine(_root, path));

    private FileStatus Status(string path)
    {
        using Fd file = Fd.Open(Path.Combine(_root, path), OpenFlags.Path);
        return FileAt.Status(file);
    }

    private string[] Names() => [.. Directory.GetFileSystemEntries(_root).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
}
