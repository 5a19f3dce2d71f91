using Grpc.Core;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;
using Kata.Testing.Commands;

namespace Kata.Privileged.Tests.Agents;

public sealed class RootfsTests : IClassFixture<LiveAgent>, IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("kata-mounts-").FullName;
    private readonly LiveAgent _live;
    private readonly GuestContainers _containers;

    public RootfsTests(LiveAgent live)
    {
        _live = live;
        _containers = new GuestContainers(live.Agent, live.Rootfs, "/" + live.CgroupPrefix);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Tmpcopyup_Tmpfs_BeginsWithWhatItCovers()
    {
        string covered = Path.Combine(_live.Rootfs, "covered");
        Directory.CreateDirectory(covered + "/sub");
        await File.WriteAllTextAsync(covered + "/sub/file", "content\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(covered + "/sub/file", UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.CreateSymbolicLink(covered + "/link", "/etc/passwd");
        Spec spec = _containers.NewSpec("copyup", "sh", "-c", "cat /covered/sub/file; stat -c %a /covered/sub/file; readlink /covered/link; touch /covered/new 2>&1; grep -c ' /covered tmpfs ro' /proc/mounts");
        GuestContainers.AddMount(spec, "/covered", "tmpfs", "tmpcopyup", "ro", "size=1m");

        ContainerRun run = await _containers.RunAsync("copyup", spec);

        Assert.Equal("content\n500\n/etc/passwd\ntouch: /covered/new: Read-only file system\n1\n", run.Output + run.Error);
        Assert.False(File.Exists(covered + "/new"));
    }

    [Fact]
    public async Task Tmpcopyup_TooLarge_FailsAndLeavesNothing()
    {
        Directory.CreateDirectory(Path.Combine(_live.Rootfs, "huge"));
        await File.WriteAllBytesAsync(Path.Combine(_live.Rootfs, "huge/file"), new byte[1 << 20], TestContext.Current.CancellationToken);
        Spec spec = _containers.NewSpec("copybig", "true");
        GuestContainers.AddMount(spec, "/huge", "tmpfs", "tmpcopyup", "size=64k");

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => _containers.RunAsync("copybig", spec));

        Assert.Contains("No space left", error.Status.Detail, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(0, (await _containers.RunAsync("copybig", _containers.NewSpec("copybig", "true"))).Code);
    }

    [Fact]
    public async Task RecursiveReadOnly_Bind_IncludesMountsBelow()
    {
        Spec spec = _containers.NewSpec("rro", "sh", "-c", "touch /all/x 2>&1; touch /all/shm/x 2>&1; touch /top/x 2>&1; touch /top/shm/x && echo wrote; rm /top/shm/x");
        GuestContainers.AddBind(spec, "/dev", "/all", "rbind", "rro");
        GuestContainers.AddBind(spec, "/dev", "/top", "rbind", "ro");

        ContainerRun run = await _containers.RunAsync("rro", spec);

        Assert.Equal(
            "touch: /all/x: Read-only file system\ntouch: /all/shm/x: Read-only file system\ntouch: /top/x: Read-only file system\nwrote\n", run.Output + run.Error);
    }

    [Fact]
    public async Task IdMapped_Bind_ShowsTheOwnersOfTheMap()
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "file"), "x", TestContext.Current.CancellationToken);
        Spec spec = _containers.NewSpec("idmap", "sh", "-c", "stat -c %u:%g /mapped/file /plain/file");
        GuestContainers.AddBind(spec, _directory, "/plain");
        GuestContainers.AddBind(spec, _directory, "/mapped", "idmap");
        spec.Mounts[^1].UIDMappings.Add(new LinuxIDMapping { ContainerID = 0, HostID = 1234, Size = 10 });
        spec.Mounts[^1].GIDMappings.Add(new LinuxIDMapping { ContainerID = 0, HostID = 5678, Size = 10 });

        ContainerRun run = await _containers.RunAsync("idmap", spec);

        Assert.Equal("1234:5678\n0:0\n", run.Output + run.Error);
    }

    [Fact]
    public async Task IdMap_WithoutMapsOrUserNamespace_IsInvalid()
    {
        Spec spec = _containers.NewSpec("noidmap", "true");
        GuestContainers.AddBind(spec, _directory, "/mapped", "idmap");

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => _containers.RunAsync("noidmap", spec));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
    }

    [Fact]
    public async Task Devices_OfTheSpec_HaveModeAndOwner()
    {
        Spec spec = _containers.NewSpec("devices", "sh", "-c", "stat -c '%a %u:%g %t:%T %F' /dev/mine /dev/pipes/one /dev/null; for l in fd ptmx core; do readlink /dev/$l; done");
        spec.Linux.Devices.Add(new LinuxDevice { Path = "/dev/mine", Type = "c", Major = 1, Minor = 7, FileMode = 0x180, UID = 33, GID = 34 });
        spec.Linux.Devices.Add(new LinuxDevice { Path = "/dev/pipes/one", Type = "p", FileMode = 0x1B0, UID = 1 });

        ContainerRun run = await _containers.RunAsync("devices", spec);

        Assert.Equal(
            "600 33:34 1:7 character special file\n660 1:0 0:0 fifo\n666 0:0 1:3 character special file\n/proc/self/fd\npts/ptmx\n" + (File.Exists("/proc/kcore") ? "/proc/kcore\n" : string.Empty),
            run.Output + run.Error);
    }

    [Fact]
    public async Task Devices_DirectoryOfTheImage_WhatIsWrongIsReplaced()
    {
        // As an image may be: one device right, one another, one a file, one a link out; directories that give their group away.
        string root = Path.Combine(_directory, "root");
        Rootfses.MakeBusybox(root);
        string spoil = $"cd {root}/dev && chgrp 7 . && chmod 2755 . && mknod -m 600 null c 1 3 && mknod zero c 1 7 && echo text > full && ln -s /etc/passwd tty && ln -s nowhere fd";
        Assert.Equal(0, (await Command.RunAsync("sh", ["-c", spoil], null, TestContext.Current.CancellationToken)).ExitCode);
        Spec spec = _containers.NewSpec("image", "sh", "-c", "cd /dev; stat -c '%n %a %u:%g %t:%T' null zero full random tty; readlink fd; readlink stdin; cat /etc/passwd | wc -l");
        spec.Root.Path = root;
        foreach (string below in (string[])["/dev", "/dev/pts"])
        {
            spec.Mounts.Remove(spec.Mounts.Single(mount => mount.Destination == below));
        }

        ContainerRun run = await _containers.RunAsync("image", spec);

        Assert.Equal("null 600 0:7 1:3\nzero 666 0:0 1:5\nfull 666 0:0 1:7\nrandom 666 0:0 1:8\ntty 666 0:0 5:0\nnowhere\n/proc/self/fd/0\n2\n", run.Output + run.Error);
    }

    [Fact]
    public async Task ReadOnly_DevAndRoot_AreFilledFirst()
    {
        Spec spec = _containers.NewSpec("rodev", "sh", "-c", "test -c /dev/null && touch /dev/x /x; echo $?");
        spec.Mounts.Single(mount => mount.Destination == "/dev").Options.Add("ro");
        spec.Root.Readonly = true;

        ContainerRun run = await _containers.RunAsync("rodev", spec);

        Assert.Equal("1\n", run.Output);
        Assert.Equal(2, run.Error.Split("Read-only file system").Length - 1);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("private", "")]
    [InlineData("rshared", "shared")]
    [InlineData("runbindable", "unbindable")]
    public async Task RootfsPropagation_OfTheSpec_IsInForce(string wanted, string shown)
    {
        Spec spec = _containers.NewSpec("propagation", "sh", "-c", "grep ' / / ' /proc/self/mountinfo || grep ' / ' /proc/self/mountinfo | head -n 1");
        spec.Linux.RootfsPropagation = wanted;

        ContainerRun run = await _containers.RunAsync("propagation", spec);

        string options = run.Output.Split(" - ")[0];
        Assert.Equal(shown.Length > 0, options.Contains("shared:", StringComparison.Ordinal) || options.Contains("unbindable", StringComparison.Ordinal));
        Assert.Contains(shown, options, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Domainname_OfTheSpec_IsSet()
    {
        Spec spec = _containers.NewSpec("domain", "cat", "/proc/sys/kernel/domainname");
        spec.Domainname = "example.org";

        Assert.Equal("example.org\n", (await _containers.RunAsync("domain", spec)).Output);
    }
}
