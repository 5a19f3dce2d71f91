using Kata.Configuration;
using Kata.Protocols.Agent;
using Kata.Runtime.Guests;

namespace Kata.Runtime.Tests;

public sealed class GuestCachesTests
{
    [Theory]
    [InlineData("virtio-fs", false)]
    [InlineData("9p", false)]
    [InlineData("ephemeral", false)]
    [InlineData("local", false)]
    [InlineData("blk", true)]
    [InlineData("scsi", true)]
    [InlineData("something-new", true)]
    [InlineData("", true)]
    public void MayKeepBack_ContainerWithStorage_OnlyIfNotWrittenThrough(string driver, bool expected)
    {
        var request = new CreateContainerRequest();
        request.Storages.Add(new Protocols.Agent.Storage { Driver = "virtio-fs" });
        request.Storages.Add(new Protocols.Agent.Storage { Driver = driver });

        Assert.Equal(expected, GuestCaches.MayKeepBack(request));
    }

    [Fact]
    public void MayKeepBack_ProcessesMayOutliveTheFirst_Yes() => Assert.True(GuestCaches.MayKeepBack(new CreateContainerRequest { SandboxPidns = true }));

    [Fact]
    public void MayKeepBack_HooksInTheGuest_Yes() =>
        Assert.True(GuestCaches.MayKeepBack(new CreateContainerRequest { OCI = new Protocols.Oci.Spec { Hooks = new Protocols.Oci.Hooks() } }));

    [Fact]
    public void MayKeepBack_Device_Yes()
    {
        var request = new CreateContainerRequest();
        request.Devices.Add(new Device { Type = "blk" });

        Assert.True(GuestCaches.MayKeepBack(request));
    }

    [Theory]
    [InlineData(SharedFileSystem.VirtioFs, "", false)]
    [InlineData(SharedFileSystem.VirtioFs, "-o no_flock", false)]
    [InlineData(SharedFileSystem.VirtioFs, "-o no_flock,writeback", true)]
    [InlineData(SharedFileSystem.VirtioFs, "--writeback", true)]
    [InlineData(SharedFileSystem.Virtio9p, "--writeback", false)]
    public void MayKeepBack_SharedFiles_WhereVirtiofsdLetsTheGuestWriteBack(SharedFileSystem kind, string arguments, bool expected)
    {
        var files = new SharedFilesConfiguration
        {
            Kind = kind,
            VirtioFsDaemon = "/usr/lib/qemu/virtiofsd",
            VirtioFsExtraArguments = arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            VirtioFsCache = VirtioFsCache.Auto,
            VirtioFsQueueSize = 1024,
            Msize9p = 8192,
        };

        Assert.Equal(expected, GuestCaches.MayKeepBack(files));
    }
}
