using Kata.Agent.Containers;
using Kata.Agent.Rootfs;
using Kata.Linux.Mounts;
using Kata.Primitives;
using Kata.Protocols.Oci;

namespace Kata.Agent.Tests.Rootfs;

public sealed class MountOwnersTests
{
    private static readonly IdMaps Maps = IdMaps.Read(
        [new LinuxIDMapping { HostID = 1000, Size = 100 }], [new LinuxIDMapping { HostID = 2000, Size = 100 }], "a user namespace");

    [Theory]
    [InlineData("tmpfs", "mode=755", "mode=755,uid=1000,gid=2000")]
    [InlineData("tmpfs", "uid=5,gid=6", "uid=1005,gid=2006")]
    [InlineData("devpts", "gid=5,newinstance", "gid=2005,newinstance")]
    [InlineData("mqueue", "gid=5", "gid=5")]
    public void Translate_UserNamespace_OwnersAreTheGuests(string type, string options, string expected) =>
        Assert.Equal(expected, MountOwners.Translate(type, MountOptionParser.Parse([options]), Maps));

    [Fact]
    public void Translate_NoUserNamespace_LeavesThem() => Assert.Equal("gid=5", MountOwners.Translate("devpts", MountOptionParser.Parse(["gid=5"]), IdMaps.Identity));

    [Theory]
    [InlineData("uid=x")]
    [InlineData("gid=500")]
    public void Translate_NotInTheMaps_IsInvalid(string option) =>
        Assert.Throws<KataException>(() => MountOwners.Translate("tmpfs", MountOptionParser.Parse([option]), Maps));
}
