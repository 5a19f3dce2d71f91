using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Protocols.Types;
using Kata.Testing.Agents;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Privileged.Tests.Storages;

/// <summary>Storages as containers see them, and what is left of them afterwards.</summary>
public sealed class StorageTests(StorageGuest guest) : IClassFixture<StorageGuest>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ephemeral_SizeAndGroup_AreThoseAskedForAndNothingIsLeft()
    {
        var volume = new StorageRequest
        {
            Driver = "ephemeral",
            Source = "tmpfs",
            Fstype = "tmpfs",
            MountPoint = StorageGuest.Shared + "/deep/er/tmp",
            Options = { "size=64k", "mode=0700", "fsgid=1234" },
        };
        string[] before = guest.Tree();

        ContainerRun run = await guest.Containers.RunAsync(guest.Request(
            "eph", ["sh", "-c", "stat -c '%g %a' /data; grep ' /data ' /proc/mounts; touch /data/f; stat -c %g /data/f"], volume));

        Assert.Equal((0, string.Empty), (run.Code, run.Error));
        string[] lines = run.Output.Split('\n');
        Assert.Equal("1234 2770", lines[0]);
        Assert.Contains("size=64k", lines[1], StringComparison.Ordinal);
        Assert.Equal("1234", lines[2]);
        Assert.Empty(guest.Mounts());
        Assert.Equal(before, guest.Tree());
    }

    [Fact]
    public async Task Ephemeral_OfThePod_KeepsItsContentWhenItsOnlyContainerIsMadeAnew()
    {
        var volume = new StorageRequest { Driver = "ephemeral", Source = "tmpfs", Fstype = "tmpfs", MountPoint = StorageGuest.Root + "/sandbox/ephemeral/cache" };

        await guest.Containers.RunAsync(guest.Request("pod1", ["sh", "-c", "echo kept > /data/f"], volume));
        ContainerRun again = await guest.Containers.RunAsync(guest.Request("pod2", ["cat", "/data/f"], volume));

        Assert.Equal("kept\n", again.Output);
    }

    [Fact]
    public async Task Local_ModeAndGroup_AreThoseAskedForAndNothingIsLeft()
    {
        var volume = new StorageRequest { Driver = "local", Source = "local", MountPoint = StorageGuest.Shared + "/loc", Options = { "mode=0700", "fsgid=55" } };

        ContainerRun run = await guest.Containers.RunAsync(guest.Request("loc", ["sh", "-c", "stat -c '%g %a' /data; mkdir -p /data/a/b; touch /data/a/b/c"], volume));

        Assert.Equal("55 2770\n", run.Output);
        Assert.False(Directory.Exists(guest.Host(StorageGuest.Shared + "/loc")));
    }

    [Fact]
    public async Task Local_DirectoryWasThereBefore_StaysWithItsContent()
    {
        Directory.CreateDirectory(guest.Host(StorageGuest.Root + "/mine"));
        File.WriteAllText(guest.Host(StorageGuest.Root + "/mine/f"), "precious");
        var volume = new StorageRequest { Driver = "local", Source = "local", MountPoint = StorageGuest.Root + "/mine" };

        await guest.Containers.RunAsync(guest.Request("mine", ["true"], volume));

        Assert.Equal("precious", File.ReadAllText(guest.Host(StorageGuest.Root + "/mine/f")));
    }

    [Fact]
    public async Task Block_FileSystemGroup_IsSetEverywhereOnceAndLinksAreNotFollowed()
    {
        string disk = await guest.MakeDiskAsync("grp", tree =>
        {
            Directory.CreateDirectory(Path.Combine(tree, "d/e"));
            File.WriteAllText(Path.Combine(tree, "d/e/f"), "x");
            File.CreateSymbolicLink(Path.Combine(tree, "d/link"), "/etc/passwd");
        });
        StorageRequest Volume(FSGroupChangePolicy policy) => new()
        {
            Driver = "blk",
            Source = disk,
            Fstype = "ext4",
            MountPoint = StorageGuest.Shared + "/blk",
            FsGroup = new FSGroup { GroupId = 77, GroupChangePolicy = policy },
        };
        const string look = "stat -c '%g %a' /data /data/d /data/d/e/f; stat -c %g /data/d/link; chown 0:0 /data/d/e/f";
        string passwd = File.GetUnixFileMode("/etc/passwd").ToString();

        ContainerRun always = await guest.Containers.RunAsync(guest.Request("grp1", ["sh", "-c", look], Volume(FSGroupChangePolicy.Always)));
        ContainerRun mismatch = await guest.Containers.RunAsync(guest.Request("grp2", ["sh", "-c", look], Volume(FSGroupChangePolicy.OnRootMismatch)));
        ContainerRun again = await guest.Containers.RunAsync(guest.Request("grp3", ["sh", "-c", look], Volume(FSGroupChangePolicy.Always)));

        Assert.Equal("77 2775\n77 2775\n77 664\n77\n", always.Output);
        Assert.Equal("77 2775\n77 2775\n0 664\n77\n", mismatch.Output);
        Assert.Equal(always.Output, again.Output);
        Assert.Equal(passwd, File.GetUnixFileMode("/etc/passwd").ToString());
        Assert.Empty(guest.Mounts());
    }

    [Fact]
    public async Task Block_NotThatFileSystem_SaysSoAndLeavesNothing()
    {
        string disk = await guest.MakeDiskAsync("wrong");
        var volume = new StorageRequest { Driver = "blk", Source = disk, Fstype = "iso9660", MountPoint = StorageGuest.Shared + "/wrong" };

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => guest.Containers.RunAsync(guest.Request("wrong", ["true"], volume)));

        Assert.Contains(StorageGuest.Shared + "/wrong", error.Status.Detail, StringComparison.Ordinal);
        Assert.False(Directory.Exists(guest.Host(StorageGuest.Shared + "/wrong")));
    }

    [Fact]
    public async Task Device_NumbersOfTheHost_BecomeTheGuests()
    {
        string disk = await guest.MakeDiskAsync("dev");
        CreateContainerRequest request = guest.Request("dev", ["sh", "-c", "stat -c '%t:%T' /dev/xda; dd if=/dev/xda bs=1k count=2 2>/dev/null | wc -c"]);
        request.OCI.Linux.Devices.Add(new LinuxDevice { Path = "/dev/xda", Type = "b", Major = 1, Minor = 1 });
        request.Devices.Add(new Device { Type = "mmioblk", VmPath = disk, ContainerPath = "/dev/xda" });

        ContainerRun run = await guest.Containers.RunAsync(request);

        Assert.Equal($"7:{disk["/dev/loop".Length..]}\n2048\n", run.Output);
    }

    [Fact]
    public async Task Bind_ReadOnly_IsAndALinkAsSourceIsRefused()
    {
        Directory.CreateDirectory(guest.Host(StorageGuest.Root + "/src"));
        File.WriteAllText(guest.Host(StorageGuest.Root + "/src/f"), "text");
        File.CreateSymbolicLink(guest.Host(StorageGuest.Root + "/evil"), "/etc");
        StorageRequest Bind(string source) => new() { Driver = "bind", Source = source, MountPoint = StorageGuest.Shared + "/bound", Options = { "rbind", "ro", "nosuid" } };

        ContainerRun run = await guest.Containers.RunAsync(guest.Request("bind", ["sh", "-c", "cat /data/f; touch /data/g || grep -c ' /data .*nosuid' /proc/mounts"], Bind(StorageGuest.Root + "/src")));
        RpcException link = await Assert.ThrowsAsync<RpcException>(() => guest.Containers.RunAsync(guest.Request("evil", ["true"], Bind(StorageGuest.Root + "/evil/ssl"))));

        Assert.Equal("text1\n", run.Output);
        Assert.Contains("ELOOP", link.Status.Detail, StringComparison.Ordinal);
        Assert.False(Directory.Exists(guest.Host(StorageGuest.Shared + "/bound")));
    }

    [Fact]
    public async Task Overlay_Writable_ChangesNoLayerAndLeavesNothing()
    {
        foreach (string layer in (string[])["low1", "low2"])
        {
            Directory.CreateDirectory(guest.Host($"{StorageGuest.Root}/{layer}"));
            File.WriteAllText(guest.Host($"{StorageGuest.Root}/{layer}/{layer}"), layer);
        }

        var volume = new StorageRequest
        {
            Driver = "overlayfs",
            Source = "none",
            Fstype = "overlay",
            MountPoint = StorageGuest.Shared + "/over",
            Options = { $"lowerdir={StorageGuest.Root}/low1:{StorageGuest.Root}/low2", "io.katacontainers.fs-opt.overlay-rw" },
            DriverOptions = { $"io.katacontainers.volume.overlayfs.create_directory={StorageGuest.Root}/made" },
        };

        ContainerRun run = await guest.Containers.RunAsync(guest.Request("over", ["sh", "-c", "cat /data/low1 /data/low2; echo new > /data/low1; cat /data/low1; touch /data/x"], volume));

        Assert.Equal("low1low2new\n", run.Output);
        Assert.Equal("low1", File.ReadAllText(guest.Host(StorageGuest.Root + "/low1/low1")));
        Assert.Empty(guest.Mounts());
        Assert.False(Directory.Exists(guest.Host(StorageGuest.Root + "/over")));
        Assert.False(Directory.Exists(guest.Host(StorageGuest.Root + "/made")));
    }

    [Fact]
    public async Task Storages_OneOfThemFails_AllAreUndone()
    {
        string[] before = guest.Tree(StorageGuest.Root);
        StorageRequest Memory(string name) => new() { Driver = "ephemeral", Source = "tmpfs", Fstype = "tmpfs", MountPoint = $"{StorageGuest.Shared}/{name}" };

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => guest.Containers.RunAsync(guest.Request(
            "undo", ["true"], Memory("u1"), Memory("u2/x/y"), new StorageRequest { Driver = "bind", Source = "/nosuch", MountPoint = StorageGuest.Shared + "/u3" })));

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
        Assert.Empty(guest.Mounts());
        Assert.Equal(before, guest.Tree(StorageGuest.Root));
    }

    [Theory]
    [InlineData("linkdir/x")]
    [InlineData("linkdir")]
    public async Task MountPoint_ThroughALink_IsRefusedAndNothingIsMadeBehindIt(string place)
    {
        string link = guest.Host(StorageGuest.Shared + "/linkdir");
        Directory.CreateDirectory(guest.Host(StorageGuest.Root + "/behind"));
        if (!Path.Exists(link))
        {
            Directory.CreateDirectory(guest.Host(StorageGuest.Shared));
            Directory.CreateSymbolicLink(link, StorageGuest.Root + "/behind");
        }

        var volume = new StorageRequest { Driver = "ephemeral", Source = "tmpfs", Fstype = "tmpfs", MountPoint = $"{StorageGuest.Shared}/{place}" };
        RpcException error = await Assert.ThrowsAsync<RpcException>(() => guest.Containers.RunAsync(guest.Request("link", ["true"], volume)));

        Assert.Contains("ELOOP", error.Status.Detail, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(guest.Host(StorageGuest.Root + "/behind")));
        Assert.Empty(guest.Mounts());
    }

    [Fact]
    public async Task Storages_ManyCycles_KeepDescriptorsAndMountsFlat()
    {
        Directory.CreateDirectory(guest.Host(StorageGuest.Root + "/cyc/low"));
        File.WriteAllText(guest.Host(StorageGuest.Root + "/cyc/low/f"), "x");
        StorageRequest[] storages =
        [
            new() { Driver = "ephemeral", Source = "tmpfs", Fstype = "tmpfs", MountPoint = StorageGuest.Shared + "/c1", Options = { "fsgid=7" } },
            new() { Driver = "overlayfs", Fstype = "overlay", MountPoint = StorageGuest.Shared + "/c2", Options = { $"lowerdir={StorageGuest.Root}/cyc/low", "io.katacontainers.fs-opt.overlay-rw" } },
            new() { Driver = "watchable-bind", Source = StorageGuest.Root + "/cyc/low", Fstype = "bind", MountPoint = StorageGuest.Shared + "/watchable/c3" },
            new() { Driver = "bind", Source = StorageGuest.Root + "/cyc/low", MountPoint = StorageGuest.Shared + "/c4" },
        ];
        int Descriptors() => Directory.EnumerateFileSystemEntries($"/proc/{guest.Live.Pid}/fd").Count();
        await guest.Containers.RunAsync(guest.Request("cycle", ["true"], storages));
        int before = Descriptors();

        for (int i = 0; i < 30; i++)
        {
            Assert.Equal(0, (await guest.Containers.RunAsync(guest.Request($"cycle{i}", ["true"], storages))).Code);
        }

        Assert.InRange(Descriptors(), 1, before);
        Assert.Empty(guest.Mounts());
    }

    [Fact]
    public async Task UpdateEphemeralMounts_NewSizes_AreAllSetOrNone()
    {
        StorageRequest Memory(string name, string size) => new()
        {
            Driver = "ephemeral",
            Source = "tmpfs",
            Fstype = "tmpfs",
            MountPoint = $"{StorageGuest.Shared}/{name}",
            Options = { "size=" + size },
        };
        await guest.Containers.StartAsync(guest.Request("upd", ["sleep", "1000"], Memory("m1", "64k"), Memory("m2", "1m")));
        await guest.Containers.ExecAsync("upd", "fill", "dd", "if=/dev/zero", "of=/data1/f", "bs=1k", "count=500");
        async Task<string> SizesAsync(string exec) => (await guest.Containers.ExecAsync("upd", exec, "sh", "-c", "grep -o 'size=[0-9]*k' /proc/mounts | sort")).Output;

        await guest.Live.Agent.UpdateEphemeralMountsAsync(new UpdateEphemeralMountsRequest { Storages = { Memory("m1", "128k"), Memory("m2", "2m") } }, cancellationToken: Token);
        string after = await SizesAsync("after");
        StatusCode tooSmall = await StatusOf(Memory("m1", "256k"), Memory("m2", "100k"));
        StatusCode absent = await StatusOf(Memory("m9", "1m"));
        var other = new StorageRequest { Driver = "local", MountPoint = StorageGuest.Shared + "/m1" };

        Assert.Contains("size=128k", after, StringComparison.Ordinal);
        Assert.Contains("size=2048k", after, StringComparison.Ordinal);
        Assert.Equal((StatusCode.InvalidArgument, StatusCode.NotFound, StatusCode.InvalidArgument), (tooSmall, absent, await StatusOf(other)));
        Assert.Equal(after, await SizesAsync("then"));
        await guest.Containers.RemoveAsync("upd");
        Assert.Empty(guest.Mounts());
    }

    [Fact]
    public async Task RemoveStaleShares_NoneIsStale_ChangesNothing()
    {
        string[] before = guest.Mounts();

        await guest.Live.Agent.RemoveStaleVirtiofsShareMountsAsync(new RemoveStaleVirtiofsShareMountsRequest(), cancellationToken: Token);

        Assert.Equal(before, guest.Mounts());
    }

    [Fact]
    public async Task AddSwapPath_NoSwapSpace_SaysWhatToDo()
    {
        string disk = await guest.MakeDiskAsync("swap");

        RpcException unformatted = await Assert.ThrowsAsync<RpcException>(async () => await guest.Live.Agent.AddSwapPathAsync(new AddSwapPathRequest { Path = disk }, cancellationToken: Token));
        RpcException file = await Assert.ThrowsAsync<RpcException>(async () => await guest.Live.Agent.AddSwapPathAsync(new AddSwapPathRequest { Path = "/etc/passwd" }, cancellationToken: Token));

        Assert.Contains("not formatted as swap space", unformatted.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(StatusCode.InvalidArgument, file.StatusCode);
    }

    private async Task<StatusCode> StatusOf(params StorageRequest[] storages) => (await Assert.ThrowsAsync<RpcException>(async () =>
        await guest.Live.Agent.UpdateEphemeralMountsAsync(new UpdateEphemeralMountsRequest { Storages = { storages } }, cancellationToken: Token))).StatusCode;
}
