using Kata.Primitives;
using Kata.Runtime.Images;

namespace Kata.Runtime.Tests.Images;

public sealed class ImageUsersTests
{
    [Theory]
    [InlineData("", 0, 0, "/root")]
    [InlineData("root", 0, 0, "/root")]
    [InlineData("app", 1000, 1001, "/home/app")]
    [InlineData("1000", 1000, 1001, "/home/app")]
    [InlineData("app:users", 1000, 100, "/home/app")]
    [InlineData("app:7", 1000, 7, "/home/app")]
    [InlineData("4242", 4242, 0, "/")]
    [InlineData("4242:users", 4242, 100, "/")]
    [InlineData(":users", 0, 100, "/root")]
    public void Resolve_NameOrNumber_FindsIds(string text, uint user, uint group, string home)
    {
        using var image = new ImageDirectory();

        ImageUser found = ImageUsers.Resolve(Write(image), text);

        Assert.Equal((user, group, home), (found.UserId, found.GroupId, found.Home));
    }

    [Fact]
    public void Resolve_Member_GetsSupplementaryGroups()
    {
        using var image = new ImageDirectory();

        Assert.Equal([100U, 5U], ImageUsers.Resolve(Write(image), "app").AdditionalGroups);
    }

    [Theory]
    [InlineData("nobodyknows", ErrorCode.NotFound)]
    [InlineData("root:nogroup", ErrorCode.NotFound)]
    [InlineData("root:", ErrorCode.InvalidArgument)]
    [InlineData("4294967295", ErrorCode.NotFound)]
    [InlineData("-1", ErrorCode.NotFound)]
    public void Resolve_Unknown_IsRefused(string text, ErrorCode code)
    {
        using var image = new ImageDirectory();
        string root = Write(image);

        Assert.Equal(code, Assert.Throws<KataException>(() => ImageUsers.Resolve(root, text)).Code);
    }

    [Fact]
    public void Resolve_FilesLeadOutside_AreNotRead()
    {
        using var image = new ImageDirectory();
        Directory.CreateDirectory(image["root"]);
        Directory.CreateDirectory(image["outside"]);
        File.WriteAllText(image["outside/passwd"], "evil:x:1:1::/:\n");
        File.CreateSymbolicLink(image["root/etc"], image["outside"]);

        Assert.Equal(ErrorCode.NotFound, Assert.Throws<KataException>(() => ImageUsers.Resolve(image["root"], "evil")).Code);
        Assert.Equal(5U, ImageUsers.Resolve(image["root"], "5").UserId);
    }

    private static string Write(ImageDirectory image)
    {
        Directory.CreateDirectory(image["root/etc"]);
        File.WriteAllText(image["root/etc/passwd"], "# comment\nroot:x:0:0:root:/root:/bin/sh\nbroken\nbad:x:99999999999:1\napp:x:1000:1001:app:/home/app:/bin/sh\n");
        File.WriteAllText(image["root/etc/group"], "root:x:0:\nusers:x:100:other,app\ntty:x:5:app\nown:x:1001:app\nbroken\n");
        return image["root"];
    }
}
