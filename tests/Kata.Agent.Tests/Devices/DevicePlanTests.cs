using Kata.Agent.Devices;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Agent.Tests.Devices;

public sealed class DevicePlanTests : IDisposable
{
    private const string Root = "devices/pci0000:00";

    private readonly FakeSysfs _fake = new FakeSysfs().Directory(Root);
    private readonly RollbackStack _undo = new(NullLogger.Instance);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _fake.Dispose();

    [Fact]
    public async Task Prepare_GuestNumberIsAnotherHostDevice_EachRuleGetsItsOwn()
    {
        // On the host /dev/a is 8:0 and /dev/b is 254:0; in the guest a is 254:0 and b is 8:0.
        _fake.Disk($"{Root}/0000:00:02.0", "vda", 254, 0).Disk($"{Root}/0000:00:03.0", "sda", 8, 0);
        Spec spec = NewSpec(("/dev/a", "b", 8, 0), ("/dev/b", "b", 254, 0), ("/dev/c", "c", 8, 0));
        var requests = new[] { Blk("/dev/a", "02"), Blk("/dev/b", "03") };

        await new DevicePlan(requests, spec, _fake.Devices()).PrepareAsync(_undo, Token);

        Assert.Equal(["/dev/a b 254:0", "/dev/b b 8:0", "/dev/c c 8:0"], spec.Linux.Devices.Select(d => $"{d.Path} {d.Type} {d.Major}:{d.Minor}"));
        Assert.Equal(["b 254:0", "b 8:0", "c 8:0"], spec.Linux.Resources.Devices.Select(d => $"{d.Type} {d.Major}:{d.Minor}"));
    }

    [Fact]
    public async Task Prepare_OneDeviceNeverComes_LeavesTheSpecAlone()
    {
        _fake.Disk($"{Root}/0000:00:02.0", "vda", 254, 0);
        Spec spec = NewSpec(("/dev/a", "b", 8, 0), ("/dev/b", "b", 8, 16));
        Spec before = spec.Clone();

        await Assert.ThrowsAsync<KataException>(() =>
            new DevicePlan([Blk("/dev/a", "02"), Blk("/dev/b", "03")], spec, _fake.Devices()).PrepareAsync(_undo, Token));

        Assert.Equal(before, spec);
    }

    [Theory]
    [InlineData("", "02", "", "/dev/a", ErrorCode.InvalidArgument, "has no type")]
    [InlineData("blk", "", "", "/dev/a", ErrorCode.InvalidArgument, "neither an id nor a vm_path")]
    [InlineData("blk", "02", "", "", ErrorCode.InvalidArgument, "has no container_path")]
    [InlineData("blk", "02", "", "/dev/other", ErrorCode.InvalidArgument, "linux.devices of the spec has no such path")]
    [InlineData("blk", "02", "", "/dev/c", ErrorCode.InvalidArgument, "linux.devices says type 'c'")]
    [InlineData("blk", "zz", "", "/dev/a", ErrorCode.InvalidArgument, "no PCI path")]
    [InlineData("mmioblk", "x", "", "/dev/a", ErrorCode.InvalidArgument, "has no vm_path")]
    [InlineData("nvdimm", "x", "/etc/passwd", "/dev/a", ErrorCode.InvalidArgument, "no device directly below /dev")]
    [InlineData("scsi", "1", "", "/dev/a", ErrorCode.InvalidArgument, "no SCSI address")]
    [InlineData("vfio", "x", "", "/dev/c", ErrorCode.InvalidArgument, "has 0 options")]
    [InlineData("blk-ccw", "x", "", "/dev/a", ErrorCode.Unsupported, "s390x")]
    [InlineData("vfio-ap", "x", "", "/dev/c", ErrorCode.Unsupported, "s390x")]
    [InlineData("vfio-ap-cold", "x", "", "/dev/c", ErrorCode.Unsupported, "s390x")]
    [InlineData("toaster", "x", "", "/dev/a", ErrorCode.Unsupported, "'toaster' is not supported")]
    public void Plan_BadRequest_IsRefusedBeforeAnythingIsTouched(string type, string id, string vmPath, string containerPath, ErrorCode code, string words)
    {
        var request = new Device { Type = type, Id = id, VmPath = vmPath, ContainerPath = containerPath };
        Spec spec = NewSpec(("/dev/a", "b", 8, 0), ("/dev/c", "c", 8, 0));

        KataException error = Assert.Throws<KataException>(() => new DevicePlan([request], spec, _fake.Devices()));

        Assert.Equal(code, error.Code);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_TwoRequestsForOnePath_IsRefused() => Assert.Contains(
        "two devices for /dev/a",
        Assert.Throws<KataException>(() => new DevicePlan([Blk("/dev/a", "02"), Blk("/dev/a", "03")], NewSpec(("/dev/a", "b", 8, 0)), _fake.Devices())).Message,
        StringComparison.Ordinal);

    private static Device Blk(string path, string pci) => new() { Type = "blk", Id = pci, ContainerPath = path };

    private static Spec NewSpec(params (string Path, string Type, long Major, long Minor)[] devices)
    {
        var spec = new Spec { Process = new Process(), Linux = new Kata.Protocols.Oci.Linux { Resources = new LinuxResources() } };
        foreach ((string path, string type, long major, long minor) in devices)
        {
            spec.Linux.Devices.Add(new LinuxDevice { Path = path, Type = type, Major = major, Minor = minor });
            spec.Linux.Resources.Devices.Add(new LinuxDeviceCgroup { Allow = true, Type = type, Major = major, Minor = minor, Access = "rwm" });
        }

        return spec;
    }
}
