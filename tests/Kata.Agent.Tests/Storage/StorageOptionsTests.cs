using Kata.Agent.Storage;
using Kata.Primitives;

namespace Kata.Agent.Tests.Storage;

public sealed class StorageOptionsTests
{
    [Fact]
    public void Take_KnownWords_LeavesTheRest()
    {
        var options = new StorageOptions(["ro", "fsgid=1000", "mode=0770", "size=64k", "fsgid=1001"]);

        Assert.Equal(1001U, options.TakeGroup("fsgid"));
        Assert.Equal(0x1F8U, options.TakeMode("mode"));
        Assert.Null(options.Take("missing"));
        Assert.Equal(["ro", "size=64k"], options.Rest);
    }

    [Theory]
    [InlineData("fsgid=-1")]
    [InlineData("fsgid=4294967295")]
    [InlineData("fsgid=users")]
    [InlineData("fsgid=")]
    public void TakeGroup_NoGroupId_IsInvalid(string word) =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => new StorageOptions([word]).TakeGroup("fsgid")).Code);

    [Theory]
    [InlineData("mode=")]
    [InlineData("mode=0888")]
    [InlineData("mode=77777777777777777777")]
    public void TakeMode_NoMode_IsInvalid(string word) => Assert.Throws<KataException>(() => new StorageOptions([word]).TakeMode("mode"));
}
