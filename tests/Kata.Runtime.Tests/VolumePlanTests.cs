using Kata.Primitives;
using Kata.Runtime.Containers;
using Kata.Runtime.Sandboxes;
using Kata.Runtime.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Mount = Kata.Oci.Runtime.Mount;

namespace Kata.Runtime.Tests;

public sealed class VolumePlanTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("kata-volume-");

    public void Dispose()
    {
        Linux.Mounts.Mount.DetachTree(_root.FullName);
        _root.Delete(recursive: true);
    }

    [Fact]
    public void Apply_GuestMounts_StayOrAreReplaced()
    {
        Mount[] mounts =
        [
            new() { Destination = "/proc", Type = "proc", Source = "proc" },
            new() { Destination = "/dev/shm", Type = "tmpfs", Source = "shm", Options = ["size=64m"] },
            new() { Destination = "/sys/x", Type = "bind", Source = "/sys/x", Options = ["rbind"] },
            new() { Destination = "/dev/zero", Type = "bind", Source = "/dev/zero", Options = ["bind"] },
        ];

        IReadOnlyList<Mount> result = VolumePlan.Apply("c1", mounts, share: null, []);

        Assert.Equal(mounts[0], result[0]);
        Assert.Equal(SandboxPaths.GuestShm, result[1].Source);
        Assert.Equal(["rbind"], result[1].Options);
        Assert.Equal(mounts[2..], result.Skip(2));
    }

    [Fact]
    public void Apply_MissingSource_NotFound()
    {
        Mount[] mounts = [new() { Destination = "/data", Type = "bind", Source = "/no/such/file", Options = ["rbind"] }];

        Assert.Equal(ErrorCode.NotFound, Assert.ThrowsAny<KataException>(() => VolumePlan.Apply("c1", mounts, share: null, [])).Code);
    }

    [Fact]
    public void Apply_Volumes_AreSharedReadOnlyWhereAsked()
    {
        string data = _root.CreateSubdirectory("data").FullName;
        string file = Path.Combine(_root.FullName, "file");
        File.WriteAllText(file, "text");
        var paths = new SandboxPaths("box", Path.Combine(_root.FullName, "run"));
        var volumes = new List<string>();
        using (SharedDirectory share = SharedDirectory.Create(paths, NullLogger.Instance))
        {
            IReadOnlyList<Mount> result = VolumePlan.Apply(
                "c1",
                [
                    new() { Destination = "/data", Type = "bind", Source = data, Options = ["rbind", "ro"] },
                    new() { Destination = "/etc/../odd name", Type = "bind", Source = file, Options = ["bind"] },
                ],
                share,
                volumes);

            Assert.Matches($"^{SandboxPaths.GuestShared}c1-[0-9a-f]{{16}}-data$", result[0].Source);
            Assert.Matches("-volume$", result[1].Source);
            string shown = Path.Combine(paths.Shared, volumes[0]);
            Assert.Throws<IOException>(() => File.WriteAllText(Path.Combine(shown, "new"), "x"));
            Assert.Equal("text", File.ReadAllText(Path.Combine(paths.Shared, volumes[1])));
            Assert.Throws<IOException>(() => Directory.CreateDirectory(Path.Combine(paths.Shared, "escape")));
            foreach (string volume in volumes)
            {
                share.Remove(volume);
            }

            Assert.Empty(Directory.EnumerateFileSystemEntries(paths.Shared));
        }

        Assert.False(Directory.Exists(paths.Share));
        Assert.DoesNotContain(Linux.Mounts.MountInfo.Read(), entry => entry.MountPoint.StartsWith(_root.FullName, StringComparison.Ordinal));
    }

    [Fact]
    public void AddRootfs_SeveralMounts_AreStacked()
    {
        string one = _root.CreateSubdirectory("one").FullName;
        string two = _root.CreateSubdirectory("two").FullName;
        Directory.CreateDirectory(Path.Combine(one, "sub"));
        File.WriteAllText(Path.Combine(two, "inner"), "x");
        var paths = new SandboxPaths("box", Path.Combine(_root.FullName, "run"));
        using SharedDirectory share = SharedDirectory.Create(paths, NullLogger.Instance);

        string guest = share.AddRootfs("c1", RootfsSource.FromMounts(
            [new RootfsMount("bind", one, ["rbind", "rw"]), new RootfsMount("bind", two, ["bind", "ro"], "/sub")]));

        Assert.Equal("/run/kata-containers/shared/containers/c1/rootfs", guest);
        Assert.True(File.Exists(Path.Combine(paths.Shared, "c1/rootfs/sub/inner")));
    }

    /// <summary>CVE-2020-2026, CVE-2020-2024: a root file system whose links lead the host's mounts out of it, and its unmounting to others' mounts.</summary>
    [Theory]
    [InlineData("absolute")]
    [InlineData("relative")]
    public void AddRootfs_TargetIsALinkOut_MountsAndUnmountsNothingOutside(string kind)
    {
        string outside = _root.CreateSubdirectory("outside").FullName;
        string kept = Directory.CreateDirectory(Path.Combine(outside, "kept")).FullName;
        Linux.Mounts.Mount.Attach("tmpfs", kept, "tmpfs");
        string one = _root.CreateSubdirectory("one").FullName;
        string two = _root.CreateSubdirectory("two").FullName;
        File.WriteAllText(Path.Combine(two, "inner"), "x");
        File.CreateSymbolicLink(Path.Combine(one, "sub"), kind == "absolute" ? outside : "../../../../../../../../../.." + outside);
        var paths = new SandboxPaths("box", Path.Combine(_root.FullName, "run"));
        using (SharedDirectory share = SharedDirectory.Create(paths, NullLogger.Instance))
        {
            Record.Exception(() => share.AddRootfs("c1", RootfsSource.FromMounts(
                [new RootfsMount("bind", one, ["rbind", "rw"]), new RootfsMount("bind", two, ["bind"], "/sub"), new RootfsMount("bind", two, ["bind"], "/sub/kept")])));

            Assert.DoesNotContain(Linux.Mounts.MountInfo.Read(), entry => entry.MountPoint.StartsWith(outside, StringComparison.Ordinal) && entry.MountPoint != kept);
            Assert.False(File.Exists(Path.Combine(outside, "inner")));
        }

        Assert.Contains(Linux.Mounts.MountInfo.Read(), entry => entry.MountPoint == kept);
    }

    [Fact]
    public void AddRootfs_TargetOutside_InvalidArgument()
    {
        var paths = new SandboxPaths("box", Path.Combine(_root.FullName, "run"));
        using SharedDirectory share = SharedDirectory.Create(paths, NullLogger.Instance);

        var error = Assert.Throws<KataException>(
            () => share.AddRootfs("c1", RootfsSource.FromMounts([new RootfsMount("bind", "/", ["bind"], "a/../../b")])));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
    }
}
