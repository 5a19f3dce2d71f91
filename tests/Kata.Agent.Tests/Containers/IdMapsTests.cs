using Kata.Agent.Containers;
using Kata.Primitives;
using Kata.Protocols.Oci;

namespace Kata.Agent.Tests.Containers;

public sealed class IdMapsTests
{
    private static readonly LinuxIDMapping[] Two = [new() { ContainerID = 0, HostID = 1000, Size = 10 }, new() { ContainerID = 100, HostID = 5000, Size = 1 }];

    [Fact]
    public void User_InARange_IsTheGuests()
    {
        IdMaps maps = IdMaps.Read(Two, Two, "a user namespace");

        Assert.Equal([1000u, 1009u, 5000u], new[] { 0u, 9u, 100u }.Select(maps.User));
        Assert.Equal(1003u, maps.Group(3));
        Assert.Equal("0 1000 10\n100 5000 1\n", maps.UserText);
    }

    [Theory]
    [InlineData(10u)]
    [InlineData(99u)]
    [InlineData(uint.MaxValue)]
    public void User_OutsideTheRanges_IsInvalid(uint id)
    {
        IdMaps maps = IdMaps.Read(Two, Two, "a user namespace");

        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => maps.User(id)).Code);
    }

    [Fact]
    public void User_Identity_IsItself() => Assert.Equal(4242u, IdMaps.Identity.User(4242));

    [Theory]
    [InlineData(0u, 0u, 0u)]
    [InlineData(uint.MaxValue, 0u, 2u)]
    [InlineData(0u, 4294967290u, 10u)]
    public void Read_NoRange_IsInvalid(uint container, uint host, uint size)
    {
        LinuxIDMapping[] bad = [new() { ContainerID = container, HostID = host, Size = size }];

        Assert.Throws<KataException>(() => IdMaps.Read(bad, Two, "x"));
        Assert.Throws<KataException>(() => IdMaps.Read(Two, bad, "x"));
    }

    [Fact]
    public void Read_OneMapOrTooMany_IsInvalid()
    {
        Assert.Throws<KataException>(() => IdMaps.Read(Two, [], "x"));
        Assert.Throws<KataException>(() => IdMaps.Read([.. Enumerable.Repeat(Two[0], 341)], Two, "x"));
    }
}
