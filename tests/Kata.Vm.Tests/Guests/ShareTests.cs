using Kata.Protocols.Agent;
using Kata.Testing.Agents;

namespace Kata.Vm.Tests.Guests;

/// <summary>Storages directly on what the host shares, over virtio-fs and over 9p.</summary>
public sealed class ShareTests(ShareVm guest) : IClassFixture<ShareVm>
{
    private static readonly string[] Drivers = ["virtio-fs", "9p"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AgentVm Vm => guest.Vm;

    [Fact]
    public async Task Watchable_HostSwapsFast_ReadersNeverSeeAMixtureOrAGapAndWatchersAreWoken()
    {
        var map = new ConfigMap(Directory.CreateDirectory(Path.Combine(guest.Share, "map")).FullName);
        map.Publish("first");
        foreach (string driver in Drivers)
        {
            await Vm.Containers.StartAsync(Request(driver + "-map", driver, Watchable(driver, "map"), "watch", "/data"));
            Assert.Equal("watching\n", (await Vm.Agent.ReadStdoutAsync(new ReadStreamRequest { ContainerId = driver + "-map", Len = 100 }, cancellationToken: Token)).Data.ToStringUtf8());
        }

        for (int i = 0; i < 90; i++)
        {
            string version = $"{i}";
            map.Publish(version);
            await Task.Delay(100, Token); // the pace of the updates: kubelet's is a minute
            if (i % 45 == 44)
            {
                // A guest that is held up may find no version whole at this pace; it has to find one that stays.
                await UntilAsync(async () => (await Task.WhenAll(Drivers.Select(driver => SeenAsync(driver, version)))).All(seen => seen));
            }
        }

        map.Publish("end");
        string[] output = await Task.WhenAll(Drivers.Select(driver => Vm.Containers.ReadToEndAsync(driver + "-map")));
        foreach (string driver in Drivers)
        {
            await Vm.Containers.RemoveAsync(driver + "-map");
        }

        Assert.All(output, text => Assert.Equal("versions many, events many, errors 0\n", text));
        Assert.Equal("0\n", await LookAsync("watchable", "grep -c watchable /hostproc/1/mountinfo"));

        async Task<bool> SeenAsync(string driver, string version) =>
            (await Vm.Containers.ExecAsync(driver + "-map", $"e{Guid.NewGuid():N}", "cat", "/data/a")).Output == version;
    }

    [Theory]
    [InlineData("virtio-fs")]
    [InlineData("9p")]
    public async Task Watchable_TooLarge_IsShownAsItIsAndTooLargeLaterKeepsItsContentAndBothAreSaid(string driver)
    {
        string large = Directory.CreateDirectory(Path.Combine(guest.Share, driver + "-large")).FullName;
        File.WriteAllBytes(Path.Combine(large, "big"), new byte[9 << 20]);
        string grows = Directory.CreateDirectory(Path.Combine(guest.Share, driver + "-grows")).FullName;
        File.WriteAllText(Path.Combine(grows, "f"), "1");
        File.WriteAllText(Path.Combine(grows, "one"), "a longer text");
        CreateContainerRequest request = Request(driver + "-large", driver, Watchable(driver, driver + "-large"), "sh", "-c", "wc -c </data/big; read end");
        Add(request, Watchable(driver, driver + "-grows"), "/grows");
        Add(request, Watchable(driver, driver + "-grows/one"), "/onefile");
        await Vm.Containers.StartAsync(request);

        Assert.Equal("9437184\n", (await Vm.Agent.ReadStdoutAsync(new ReadStreamRequest { ContainerId = driver + "-large", Len = 100 }, cancellationToken: Token)).Data.ToStringUtf8());
        File.WriteAllBytes(Path.Combine(grows, "more"), new byte[9 << 20]);
        File.WriteAllText(Path.Combine(grows, "f"), "2");
        File.WriteAllText(Path.Combine(grows, "one"), "short");
        await UntilAsync(() => Task.FromResult(Vm.Console.Contains($"watchable/{driver}-{driver}-grows keeps its content: it has more than 8388608 bytes", StringComparison.Ordinal)));
        await UntilAsync(async () => await ReadAsync("/onefile") == "short");
        string meanwhile = await ReadAsync("/grows/f");
        File.Delete(Path.Combine(grows, "more"));
        await UntilAsync(async () => await ReadAsync("/grows/f") == "2");
        await Vm.Containers.RemoveAsync(driver + "-large");

        Assert.Equal("1", meanwhile);
        Assert.Contains($"{driver}-large is shown to the container as it is shared", Vm.Console, StringComparison.Ordinal);
        Assert.Equal("0\n", await LookAsync(driver, "grep -c watchable /hostproc/1/mountinfo"));

        async Task<string> ReadAsync(string path) => (await Vm.Containers.ExecAsync(driver + "-large", $"e{Guid.NewGuid():N}", "cat", path)).Output;
    }

    [Theory]
    [InlineData("virtio-fs")]
    [InlineData("9p")]
    public async Task Storages_OnTheShare_WorkAndLeaveNothing(string driver)
    {
        string name = driver + "-all";
        string all = Directory.CreateDirectory(Path.Combine(guest.Share, name)).FullName;
        foreach (string file in (string[])["low1/a", "low2/b", "source/f", "group/d/g"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(all, file))!);
            File.WriteAllText(Path.Combine(all, file), file + "\n");
        }

        string there = $"{ShareVm.InGuest(driver)}/{name}";
        var bind = new Storage { Driver = "bind", Source = there + "/source", MountPoint = $"{ShareVm.InGuest(name)}-bind", Options = { "rbind", "ro" } };
        CreateContainerRequest request = Request(name, driver, bind, "sh", "-c", """
            cat /data/f; touch /data/new 2>/dev/null || echo read-only
            stat -c '%a %g' /local; echo mine >/local/file; cat /local/file
            cat /over/a /over/b; echo changed >/over/a; cat /over/a
            df -m /mem | grep -c ' /mem'; echo memory >/mem/file; cat /mem/file
            stat -c '%g %a' /group/d /group/d/g
            """);
        Add(request, new Storage { Driver = "local", Source = "local", MountPoint = there + "/local", Options = { "mode=0750", "fsgid=77" } }, "/local");
        Add(
            request,
            new Storage
            {
                Driver = "overlayfs",
                Fstype = "overlay",
                MountPoint = $"{ShareVm.InGuest(name)}-over",
                Options = { $"lowerdir={there}/low1:{there}/low2", "io.katacontainers.fs-opt.overlay-rw" },
            },
            "/over");
        Add(request, new Storage { Driver = "ephemeral", Source = "tmpfs", Fstype = "tmpfs", MountPoint = there + "/memory", Options = { "size=64k" } }, "/mem");
        Add(
            request,
            new Storage { Driver = "bind", Source = there + "/group", MountPoint = $"{ShareVm.InGuest(name)}-group", FsGroup = new FSGroup { GroupId = 88 } }, "/group");

        ContainerRun run = await Vm.Containers.RunAsync(request);

        Assert.Equal(
            ["source/f", "read-only", "2770 77", "mine", "low1/a", "low2/b", "changed", "1", "memory", "88 2775", "88 664"],
            run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal("low1/a\n", File.ReadAllText(Path.Combine(all, "low1/a")));
        Assert.Equal(["group", "low1", "low2", "source"], Directory.EnumerateFileSystemEntries(all).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal("0\n", await LookAsync(name, "grep -c shared/containers /hostproc/1/mountinfo"));
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while (!await condition())
        {
            await Task.Delay(50, deadline.Token);
        }
    }

    private static void Add(CreateContainerRequest request, Storage volume, string target)
    {
        request.Storages.Add(volume);
        GuestContainers.AddBind(request.OCI, volume.MountPoint, target);
    }

    private static Storage Watchable(string driver, string name) => new()
    {
        Driver = "watchable-bind",
        Source = $"{ShareVm.InGuest(driver)}/{name}",
        Fstype = "bind",
        MountPoint = $"/run/kata-containers/shared/containers/watchable/{driver}-{name.Replace('/', '-')}",
        Options = { "bind", "ro" },
    };

    private async Task<string> LookAsync(string id, string script)
    {
        var request = new CreateContainerRequest { ContainerId = "look-" + id, ExecId = "look", OCI = Vm.Containers.NewSpec("look-" + id, "sh", "-c", script) };
        GuestContainers.AddBind(request.OCI, "/proc", "/hostproc", "rbind");
        return (await Vm.Containers.RunAsync(request)).Output;
    }

    private CreateContainerRequest Request(string id, string driver, Storage volume, params string[] args)
    {
        var request = new CreateContainerRequest { ContainerId = id, ExecId = id, OCI = Vm.Containers.NewSpec(id, args), Storages = { ShareVm.Storage(driver) } };
        Add(request, volume, "/data");
        return request;
    }

    /// <summary>A directory that is updated as kubelet updates ConfigMaps; both files hold the version.</summary>
    private sealed class ConfigMap(string directory)
    {
        private string? _version;

        public void Publish(string version)
        {
            string next = Directory.CreateDirectory(Path.Combine(directory, ".." + version)).FullName;
            File.WriteAllText(Path.Combine(next, "a"), version);
            File.WriteAllText(Path.Combine(next, "b"), version);
            File.CreateSymbolicLink(Path.Combine(directory, "..data_tmp"), ".." + version);
            Rename("..data_tmp", "..data");
            if (_version is null)
            {
                File.CreateSymbolicLink(Path.Combine(directory, "a"), "..data/a");
                File.CreateSymbolicLink(Path.Combine(directory, "b"), "..data/b");
            }
            else
            {
                Directory.Delete(Path.Combine(directory, ".." + _version), recursive: true);
            }

            _version = version;
        }

        private void Rename(string from, string to)
        {
            using Linux.Fd here = Linux.Fd.Open(directory, Linux.OpenFlags.Path);
            Linux.Paths.FileAt.Rename(here, from, here, to);
        }
    }
}
