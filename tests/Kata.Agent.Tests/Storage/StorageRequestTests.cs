using Kata.Agent.Devices;
using Kata.Agent.Storage;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Protocols.Types;
using Microsoft.Extensions.Logging.Abstractions;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Tests.Storage;

/// <summary>What each driver refuses, before it changes anything: nothing here needs any right.</summary>
public sealed class StorageRequestTests
{
    private const string Shared = "/run/kata-containers/shared/containers/";

    private readonly StorageTable _table = new(StorageHandlers.Create(new GuestDevices(Sysfs.Guest, TimeSpan.FromSeconds(1), TimeProvider.System), NullLogger.Instance));

    [Theory]
    [InlineData("blk", "02", "", "", "no file system type")]
    [InlineData("blk", "02", "ext4; rm", "", "no file system type")]
    [InlineData("blk", "02/zz", "ext4", "", "no PCI path")]
    [InlineData("blk", "/dev/../etc", "ext4", "", "no device directly below /dev")]
    [InlineData("blk", "02", "proc", "", "is not on a disk")]
    [InlineData("blk", "02", "ext4", "bind", "option bind")]
    [InlineData("blk", "02", "ext4", "remount", "remount")]
    [InlineData("blk", "02", "ext4", "fsgid=x", "not a group id")]
    [InlineData("mmioblk", "02", "ext4", "", "no device directly below /dev")]
    [InlineData("scsi", "0", "ext4", "", "no SCSI address")]
    [InlineData("nvdimm", "/dev/vda", "ext4", "", "no persistent memory")]
    [InlineData("9p", "kataShared", "9p", "trans=tcp", "trans=virtio")]
    [InlineData("9p", "kataShared", "9p", "", "trans=virtio")]
    [InlineData("9p", "kataShared", "9p", "trans=virtio,trans=fd", "trans=virtio")]
    [InlineData("virtio-fs", "", "virtiofs", "", "mount tag")]
    [InlineData("virtio-fs", "kataShared", "ext4", "", "cannot mount a file system of type 'ext4'")]
    [InlineData("bind", "relative", "", "", "no absolute path")]
    [InlineData("bind", "/run/../etc", "", "", "no absolute path")]
    [InlineData("bind", "/run/x", "", "size=1", "does not go with a bind mount")]
    [InlineData("local", "local", "", "size=5", "unknown option")]
    [InlineData("overlayfs", "overlay", "overlay", "", "lowerdir has 0 directories")]
    [InlineData("overlayfs", "overlay", "overlay", "lowerdir=/etc", "not a path below")]
    [InlineData("overlayfs", "overlay", "overlay", "lowerdir=/run/kata-containers/a:/run/kata-containers/../x", "not a path below")]
    [InlineData("overlayfs", "overlay", "overlay", "lowerdir=/run/kata-containers/a|upperdir=/run/kata-containers/u", "go together")]
    [InlineData("ephemeral", "nodev", "hugetlbfs", "size=4M", "pagesize is missing")]
    [InlineData("ephemeral", "nodev", "hugetlbfs", "pagesize=2M", "size is missing")]
    [InlineData("ephemeral", "nodev", "hugetlbfs", "pagesize=3M,size=6M", "no huge pages of 3145728 bytes")]
    [InlineData("ephemeral", "nodev", "hugetlbfs", "pagesize=-1,size=6M", "is no size")]
    [InlineData("watchable-bind", "/etc", "bind", "", "not a path below")]
    public void Validate_BadRequest_IsInvalid(string driver, string source, string type, string options, string words)
    {
        string place = driver == "watchable-bind" ? "watchable/x" : "x";
        var request = new StorageRequest { Driver = driver, Source = source, Fstype = type, MountPoint = Shared + place };
        request.Options.AddRange(options.Split('|', StringSplitOptions.RemoveEmptyEntries));

        KataException error = Assert.Throws<KataException>(() => _table.Validate([request], "c1"));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("blk", "ext4", "tmpcopyup", "")]
    [InlineData("blk", "ext4", "io.katacontainers.fs-opt.layer=x", "")]
    [InlineData("blk", "ext4", "", "encryption_key=ephemeral")]
    [InlineData("overlayfs", "overlay", "lowerdir=/run/kata-containers/a|io.katacontainers.fs-opt.unknown", "")]
    [InlineData("ephemeral", "ramfs", "", "")]
    public void Validate_WhatAPlainGuestCannotDo_IsUnsupported(string driver, string type, string options, string driverOption)
    {
        var request = new StorageRequest { Driver = driver, Source = "02", Fstype = type, MountPoint = Shared + "x" };
        request.Options.AddRange(options.Split('|', StringSplitOptions.RemoveEmptyEntries));
        request.DriverOptions.AddRange(driverOption.Length > 0 ? [driverOption] : []);

        Assert.Equal(ErrorCode.Unsupported, Assert.Throws<KataException>(() => _table.Validate([request], "c1")).Code);
    }

    [Fact]
    public void Validate_WatchableOfTheSandboxOrElsewhere_IsInvalid()
    {
        var request = new StorageRequest { Driver = "watchable-bind", Source = Shared + "src", Fstype = "bind", MountPoint = Shared + "watchable/x" };

        _table.Validate([request], "c1");
        Assert.Throws<KataException>(() => _table.Validate([request], containerId: null));
        request.MountPoint = Shared + "x";
        Assert.Throws<KataException>(() => _table.Validate([request], "c1"));
        request.MountPoint = Shared + "watchable/.staging/1";
        Assert.Throws<KataException>(() => _table.Validate([request], "c1"));
    }

    [Fact]
    public void Group_FieldAndOptionDiffer_IsInvalid()
    {
        var request = new StorageRequest { MountPoint = "/x", FsGroup = new FSGroup { GroupId = 5 } };

        Assert.Equal(new VolumeGroup(5, OnlyIfRootDiffers: false), VolumeGroup.Take(request, new StorageOptions(["fsgid=5"])));
        Assert.Throws<KataException>(() => VolumeGroup.Take(request, new StorageOptions(["fsgid=6"])));
        request.FsGroup.GroupChangePolicy = FSGroupChangePolicy.OnRootMismatch;
        Assert.True(VolumeGroup.Take(request, new StorageOptions([]))!.OnlyIfRootDiffers);
        request.FsGroup.GroupChangePolicy = (FSGroupChangePolicy)7;
        Assert.Throws<KataException>(() => VolumeGroup.Take(request, new StorageOptions([])));
    }

    [Theory]
    [InlineData("2M", 2L << 20)]
    [InlineData("2Mi", 2L << 20)]
    [InlineData("1G", 1L << 30)]
    [InlineData("1GiB", 1L << 30)]
    [InlineData("2048k", 2L << 20)]
    [InlineData("2097152", 2L << 20)]
    public void HugePageSize_Valid_IsRead(string text, long bytes) => Assert.Equal(bytes, HugePageSize.Parse(text, "size"));

    [Theory]
    [InlineData("")]
    [InlineData("M")]
    [InlineData("0")]
    [InlineData("-2M")]
    [InlineData("2T")]
    [InlineData("99999999999999999999")]
    public void HugePageSize_Malformed_IsInvalid(string text) => Assert.Throws<KataException>(() => HugePageSize.Parse(text, "size"));

    [Fact]
    public void HugePagePool_NotEnoughMemory_LeavesThePoolAsItWas()
    {
        using var directory = new TemporaryDirectory();
        string counter = Path.Combine(directory.Path, "hugepages-2048kB/nr_hugepages");
        Directory.CreateDirectory(Path.GetDirectoryName(counter)!);
        File.WriteAllText(counter, "3\n");
        var pool = new HugePagePool(directory.Path);

        pool.Require(2 << 20, 8 << 20);
        Assert.Throws<KataException>(() => pool.Require(2 << 20, 3 << 20));
        pool.Grow(2 << 20, 8 << 20);

        Assert.StartsWith("7", File.ReadAllText(counter), StringComparison.Ordinal);
        pool.Shrink(2 << 20, 8 << 20);
        Assert.StartsWith("3", File.ReadAllText(counter), StringComparison.Ordinal);
    }
}
