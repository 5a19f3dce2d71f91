using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Linux.Tests.Paths;

public sealed class FileAtTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Fd _fd;

    public FileAtTests() => _fd = _directory.Open();

    public void Dispose()
    {
        _fd.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void MakeNode_Device_HasItsNumber()
    {
        FileAt.MakeNode(_fd, "null", FileKind.CharacterDevice, 0x1B6, new DeviceNumber(1, 3));
        FileAt.MakeNode(_fd, "large", FileKind.BlockDevice, 0x180, new DeviceNumber(259, 70000));

        Assert.Equal(new DeviceNumber(1, 3), FileAt.Status(_fd, "null").Represents);
        Assert.Equal(new DeviceNumber(259, 70000), FileAt.Status(_fd, "large").Represents);
        Assert.Equal(FileKind.BlockDevice, FileAt.Status(_fd, "large").Kind);
    }

    [Fact]
    public void ChangeMode_AnyBits_AreSetWhateverTheUmask()
    {
        FileAt.MakeNode(_fd, "file", FileKind.Regular, 0);
        FileAt.ChangeMode(_fd, "file", 0x9FF);

        Assert.Equal(0x9FFU, FileAt.Status(_fd, "file").Permissions);
    }

    [Fact]
    public void ChangeMode_SymbolicLink_IsRefusedAndTargetUntouched()
    {
        FileAt.MakeNode(_fd, "file", FileKind.Regular, 0x180);
        FileAt.MakeSymbolicLink("file", _fd, "link");

        Assert.Equal(Errno.EOPNOTSUPP, Assert.Throws<LinuxException>(() => FileAt.ChangeMode(_fd, "link", 0x1FF)).Errno);
        Assert.Equal(0x180U, FileAt.Status(_fd, "file").Permissions);
    }

    [Fact]
    public void ChangeOwner_Link_ChangesTheLinkOnly()
    {
        FileAt.MakeNode(_fd, "file", FileKind.Regular, 0x180);
        FileAt.MakeSymbolicLink("file", _fd, "link");
        FileAt.ChangeOwner(_fd, "link", 1000, 2000);

        Assert.Equal((1000U, 2000U), (FileAt.Status(_fd, "link").UserId, FileAt.Status(_fd, "link").GroupId));
        Assert.Equal(0U, FileAt.Status(_fd, "file").UserId);
        Assert.Equal("file", FileAt.ReadLink(_fd, "link"));
    }

    [Fact]
    public void SetTimes_OnFile_AreRead()
    {
        FileAt.MakeNode(_fd, "file", FileKind.Regular, 0x180);
        FileAt.SetTimes(_fd, "file", 1_000_000_000, 123_456_789);

        FileStatus status = FileAt.Status(_fd, "file");
        Assert.Equal((1_000_000_000, 123_456_789U), (status.ModifiedSeconds, status.ModifiedNanoseconds));
    }

    [Fact]
    public void MakeHardLink_SecondName_SameInode()
    {
        FileAt.MakeNode(_fd, "file", FileKind.Regular, 0x180);
        FileAt.MakeHardLink(_fd, "file", _fd, "other");

        Assert.Equal(FileAt.Status(_fd, "file").Inode, FileAt.Status(_fd, "other").Inode);
        Assert.Equal(2U, FileAt.Status(_fd, "file").Links);
    }

    [Fact]
    public void Rename_NoReplace_KeepsWhatIsThere()
    {
        FileAt.MakeNode(_fd, "a", FileKind.Regular, 0x180);
        FileAt.MakeNode(_fd, "b", FileKind.Fifo, 0x180);

        Assert.Equal(ErrorCode.AlreadyExists, Assert.Throws<LinuxException>(() => FileAt.Rename(_fd, "a", _fd, "b", replace: false)).Code);
        FileAt.Rename(_fd, "a", _fd, "b");
        Assert.Equal(FileKind.Regular, FileAt.Status(_fd, "b").Kind);
        Assert.Null(FileAt.TryStatus(_fd, "a"));
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData("a\0b")]
    public void MakeDirectory_NotAName_IsInvalid(string name) =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => FileAt.MakeDirectory(_fd, name)).Code);

    [Fact]
    public void ExtendedAttributes_SetGetListRemove_RoundTrip()
    {
        FileAt.MakeNode(_fd, "file", FileKind.Regular, 0x180);
        ExtendedAttributes.Set(_fd, "file", "user.kata", "value"u8);

        Assert.Equal("value"u8.ToArray(), ExtendedAttributes.Get(_fd, "file", "user.kata"));
        Assert.Contains("user.kata", ExtendedAttributes.List(_fd, "file"));
        ExtendedAttributes.Remove(_fd, "file", "user.kata");
        ExtendedAttributes.Remove(_fd, "file", "user.kata");
        Assert.Null(ExtendedAttributes.Get(_fd, "file", "user.kata"));
    }

    [Fact]
    public void ExtendedAttributes_OnLink_AreTheLinksOwn()
    {
        FileAt.MakeNode(_fd, "file", FileKind.Regular, 0x180);
        FileAt.MakeSymbolicLink("file", _fd, "link");
        ExtendedAttributes.Set(_fd, "link", "trusted.kata", "x"u8);

        Assert.Null(ExtendedAttributes.Get(_fd, "file", "trusted.kata"));
    }

    [Fact]
    public void DirectoryReader_ManyEntries_FindsAllAndBoundsThem()
    {
        for (int i = 0; i < 3000; i++)
        {
            FileAt.MakeNode(_fd, $"entry-with-a-rather-long-name-{i}", FileKind.Regular, 0x180);
        }

        Assert.Equal(3000, DirectoryReader.Read(_fd).Select(e => e.Name).Distinct().Count());
        Assert.Equal(ErrorCode.ResourceExhausted, Assert.Throws<KataException>(() => DirectoryReader.Read(_fd, maxEntries: 2999)).Code);
    }
}
