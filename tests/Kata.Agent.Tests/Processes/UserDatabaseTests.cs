using Kata.Agent.Processes;

namespace Kata.Agent.Tests.Processes;

public sealed class UserDatabaseTests
{
    private readonly UserDatabase _database = new(
        """
        # comment
        root:x:0:0:root:/root:/bin/sh
        broken:x
        bad:x:minus:0::/:/bin/sh
        web:x:33:34:Web:/srv/web:/bin/false
        """u8,
        () => "root:x:0:\nweb:x:34:\naudio:x:29:web, other\nvideo:x:44:web\naudio2:x:29:web\n"u8.ToArray());

    [Fact]
    public void FindUser_KnownName_IsItsAccount() => Assert.Equal(new UserAccount("web", 33, 34, "/srv/web"), _database.FindUser("web"));

    [Fact]
    public void FindUser_KnownId_IsItsAccount() => Assert.Equal("/root", _database.FindUser(0)!.Home);

    [Theory]
    [InlineData("broken")]
    [InlineData("bad")]
    [InlineData("")]
    [InlineData("nobody")]
    public void FindUser_MalformedOrMissing_IsNull(string name) => Assert.Null(_database.FindUser(name));

    [Fact]
    public void GroupsOf_Member_ListsEachIdOnce() => Assert.Equal([29U, 44U], _database.GroupsOf("web"));

    [Fact]
    public void FindGroup_Name_IsItsId()
    {
        Assert.Equal(44U, _database.FindGroup("video"));
        Assert.Null(_database.FindGroup("none"));
    }
}
