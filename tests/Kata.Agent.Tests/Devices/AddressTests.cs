using Kata.Agent.Devices;
using Kata.Primitives;

namespace Kata.Agent.Tests.Devices;

public sealed class AddressTests
{
    [Theory]
    [InlineData("02", "02")]
    [InlineData("2", "02")]
    [InlineData("1f.7/00", "1f.7/00")]
    [InlineData("02/1A.0/03.1", "02/1a/03.1")]
    [InlineData("20/00/02", "0000:20/00/02")]
    [InlineData("ff/1f.7", "0000:ff/1f.7")]
    [InlineData("0000:10/00", "0000:10/00")]
    [InlineData("000A:00/02", "000a:00/02")]
    [InlineData("0000:00/02", "02")]
    public void PciPath_Valid_IsRead(string text, string written) => Assert.Equal(written, PciPath.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("02/")]
    [InlineData("20")]
    [InlineData("0000:20")]
    [InlineData("0000:20/")]
    [InlineData("000:20/02")]
    [InlineData("100/02")]
    [InlineData("20.0/02")]
    [InlineData("20/20")]
    [InlineData("20/0000:20/02")]
    [InlineData("002")]
    [InlineData("02.8")]
    [InlineData("02.")]
    [InlineData("02.00")]
    [InlineData("-1")]
    [InlineData(" 2")]
    [InlineData("0x2")]
    [InlineData("../02")]
    [InlineData("02/../../etc")]
    public void PciPath_Malformed_IsInvalid(string text) =>
        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => PciPath.Parse(text)).Code);

    [Fact]
    public void PciPath_TooDeep_IsInvalid()
    {
        string deepest = string.Join('/', Enumerable.Repeat("01", 32));

        Assert.Equal(32, PciPath.Parse("20/" + deepest).Steps.Count);
        Assert.Throws<KataException>(() => PciPath.Parse("01/" + deepest));
        Assert.Throws<KataException>(() => PciPath.Parse("20/01/" + deepest));
    }

    [Fact]
    public void PciPath_OfSlots_IsRead()
    {
        Assert.Equal("02/10", PciPath.FromSlots([2, 16]).ToString());
        Assert.Equal("0000:20/02/00", PciPath.FromSlots([0x20, 2, 0]).ToString());
        foreach (uint[] wrong in (uint[][])[[], [32], [256, 1], [2, 32], [uint.MaxValue], [.. Enumerable.Repeat(1u, 33)]])
        {
            Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => PciPath.FromSlots(wrong)).Code);
        }
    }

    [Fact]
    public void ScsiAddress_Valid_IsRead() => Assert.Equal(new ScsiAddress(3, 16383), ScsiAddress.Parse("3:16383"));

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData(":1")]
    [InlineData("1:")]
    [InlineData("1:2:3")]
    [InlineData("256:0")]
    [InlineData("0:16384")]
    [InlineData("-1:0")]
    [InlineData("1: 2")]
    [InlineData("- -")]
    public void ScsiAddress_Malformed_IsInvalid(string text) => Assert.Throws<KataException>(() => ScsiAddress.Parse(text));

    [Theory]
    [InlineData("0000:1a:00.0=02/01")]
    [InlineData("f79944e4-5a3d-11e8-99ce-479cbab002e4=02")]
    [InlineData("0000:f79944e4-5a3d-11e8-99ce-479cbab002e4=02")]
    [InlineData("0000:1a:00.0=20/00/01")]
    public void VfioDevice_Valid_IsRead(string text) => Assert.Equal(text.Split('=')[0], VfioDevice.Parse(text).HostAddress);

    [Fact]
    public void VfioDevice_GuestUuid_IsAMediatedDeviceOfTheGuest()
    {
        var device = VfioDevice.Parse("0000:1a:00.0=F79944E4-5A3D-11E8-99CE-479CBAB002E4");

        Assert.Null(device.GuestPath);
        Assert.Equal("f79944e4-5a3d-11e8-99ce-479cbab002e4", device.GuestUuid);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0000:1a:00.0=f79944e45a3d11e899ce479cbab002e4")]
    [InlineData("=02")]
    [InlineData("0000:1a:00.0")]
    [InlineData("0000:1a:00.0=")]
    [InlineData("0000:1a:00.9=02")]
    [InlineData("0000:1a:00.0\n=02")]
    [InlineData("anything=02")]
    public void VfioDevice_Malformed_IsInvalid(string text) => Assert.Throws<KataException>(() => VfioDevice.Parse(text));
}
