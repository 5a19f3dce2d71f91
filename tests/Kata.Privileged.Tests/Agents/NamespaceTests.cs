using System.Diagnostics;
using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;
using Process = System.Diagnostics.Process;

namespace Kata.Privileged.Tests.Agents;

public sealed class NamespaceTests(LiveAgent live) : IClassFixture<LiveAgent>
{
    private readonly GuestContainers _containers = new(live.Agent, live.Rootfs, "/" + live.CgroupPrefix);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task User_WithMaps_RootIsNobodyInTheGuest()
    {
        Spec spec = Mapped("userns");
        GuestContainers.AddMount(spec, "/dev/shm", "tmpfs", "mode=700", "uid=0");
        spec.Process.Args[2] = "id -u; tr -s ' ' </proc/self/uid_map; stat -c %u /dev /dev/null /dev/shm; touch /dev/made; mount -t tmpfs x /tmp && echo mounted; umount /dev 2>&1; echo $?";

        ContainerRun run = await _containers.RunAsync("userns", spec);

        Assert.Equal("0\n 0 100000 1000\n0\n0\n0\nmounted\numount: can't unmount /dev: Invalid argument\n1\n", run.Output);
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task User_Exec_JoinsIt()
    {
        Spec spec = Mapped("userexec");
        spec.Process.Args[2] = "sleep 1000";
        await _containers.StartAsync(new CreateContainerRequest { ContainerId = "userexec", ExecId = "userexec", OCI = spec });

        ContainerRun run = await _containers.ExecAsync(
            "userexec", "e1", "sh", "-c", "for n in user mnt cgroup pid; do readlink /proc/self/ns/$n; done; id -u; tr -s ' ' </proc/self/uid_map");
        string init = await InitAsync("userexec");
        string[] links = [.. new[] { "user", "mnt", "cgroup", "pid" }.Select(name => new FileInfo($"{init}/ns/{name}").LinkTarget!)];
        string status = await File.ReadAllTextAsync(init + "/status", Token);
        await _containers.RemoveAsync("userexec");

        Assert.Equal([.. links, "0", " 0 100000 1000", string.Empty], (run.Output + run.Error).Split('\n'));
        Assert.Contains("Uid:\t100000\t", status, StringComparison.Ordinal);
    }

    [Fact]
    public async Task User_IdOutsideTheMaps_IsInvalid()
    {
        Spec spec = Mapped("useroutside");
        spec.Process.User.UID = 5000;

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => _containers.RunAsync("useroutside", spec));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Contains("user 5000 is not in the container's id mappings", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Network_New_HasALoopbackThatIsUp()
    {
        Spec spec = _containers.NewSpec("newnet", "sh", "-c", "ls /sys/class/net; ip addr show lo | grep -c 127.0.0.1");
        spec.Linux.Namespaces.Add(new LinuxNamespace { Type = "network" });

        ContainerRun run = await _containers.RunAsync("newnet", spec);

        Assert.Equal("lo\n1\n", run.Output + run.Error);
    }

    [Fact]
    public async Task Paths_OfOtherNamespaces_AreJoined()
    {
        using Process other = Process.Start(new ProcessStartInfo("unshare", ["-i", "-u", "-n", "-C", "sleep", "1000"]))!;
        try
        {
            await WaitForAsync(() => File.ReadAllText($"/proc/{other.Id}/comm") == "sleep\n");
            string[] types = ["ipc", "uts", "network", "cgroup"];
            string[] names = ["ipc", "uts", "net", "cgroup"];
            Spec spec = _containers.NewSpec("joined", "sh", "-c", "for n in ipc uts net cgroup; do readlink /proc/self/ns/$n; done");
            spec.Linux.Namespaces.Clear();
            spec.Linux.Namespaces.Add(new LinuxNamespace { Type = "mount" });
            spec.Linux.Namespaces.Add(types.Select((type, i) => new LinuxNamespace { Type = type, Path = $"/proc/{other.Id}/ns/{names[i]}" }));

            ContainerRun run = await _containers.RunAsync("joined", spec);

            string[] links = [.. names.Select(name => new FileInfo($"/proc/{other.Id}/ns/{name}").LinkTarget!)];
            Assert.Equal(links, run.Output.TrimEnd().Split('\n'));
        }
        finally
        {
            other.Kill();
            await other.WaitForExitAsync(Token);
        }
    }

    [Theory]
    [InlineData("pid", "/proc/self/ns/pid", "the agent's own")]
    [InlineData("user", "/proc/self/ns/user", "the agent's own")]
    [InlineData("mount", "/proc/self/ns/mnt", "leave the path out")]
    [InlineData("ipc", "/proc/self/ns/net", "is not a ipc namespace")]
    [InlineData("uts", "/no/such", "No such file")]
    public async Task Path_ThatCannotBeJoined_IsInvalid(string type, string path, string words)
    {
        Spec spec = _containers.NewSpec("badns", "true");
        spec.Linux.Namespaces.Clear();
        spec.Linux.Namespaces.Add(new LinuxNamespace { Type = "mount" });
        if (type == "mount")
        {
            spec.Linux.Namespaces[0].Path = path;
        }
        else
        {
            spec.Linux.Namespaces.Add(new LinuxNamespace { Type = type, Path = path });
        }

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => _containers.RunAsync("badns", spec));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Contains(words, error.Status.Detail, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Time_Offsets_AreThoseOfEveryProcess()
    {
        Spec spec = _containers.NewSpec("time", "sh", "-c", "cut -d. -f1 /proc/uptime; exec sleep 1000");
        spec.Linux.Namespaces.Add(new LinuxNamespace { Type = "time" });
        spec.Linux.TimeOffsets.Add("boottime", new LinuxTimeOffset { Secs = 1_000_000_000 });
        await _containers.StartAsync(new CreateContainerRequest { ContainerId = "time", ExecId = "time", OCI = spec });

        ContainerRun run = await _containers.ExecAsync("time", "e1", "sh", "-c", "cut -d. -f1 /proc/uptime");
        string first = (await live.Agent.ReadStdoutAsync(new ReadStreamRequest { ContainerId = "time", Len = 100 }, cancellationToken: Token)).Data.ToStringUtf8();
        await _containers.RemoveAsync("time");

        Assert.All([first, run.Output], text => Assert.StartsWith("10", text, StringComparison.Ordinal));
        Assert.All([first, run.Output], text => Assert.Equal(10, text.Trim().Length));
    }

    [Fact]
    public async Task Cgroup_Exec_SeesItsOwnAsTheRoot()
    {
        Spec spec = _containers.NewSpec("cgns", "sleep", "1000");
        spec.Linux.Namespaces.Add(new LinuxNamespace { Type = "cgroup" });
        await _containers.StartAsync(new CreateContainerRequest { ContainerId = "cgns", ExecId = "cgns", OCI = spec });

        ContainerRun run = await _containers.ExecAsync("cgns", "e1", "sh", "-c", "grep pids /proc/self/cgroup | cut -d: -f3");
        await _containers.RemoveAsync("cgns");

        Assert.Equal("/\n", run.Output);
    }

    private static async Task WaitForAsync(Func<bool> condition) => await WaitForAsync(() => Task.FromResult(condition()));

    private static async Task WaitForAsync(Func<Task<bool>> condition)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(TimeSpan.FromSeconds(30));
        while (!await condition())
        {
            await Task.Delay(20, deadline.Token);
        }
    }

    /// <summary>The directory of /proc that a container's first process has in the guest.</summary>
    private static async Task<string> InitAsync(string id)
    {
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), out _) && File.Exists(directory + "/cgroup")
                && (await File.ReadAllTextAsync(directory + "/cgroup", Token)).Contains($"/{id}\n", StringComparison.Ordinal))
            {
                return directory;
            }
        }

        throw new InvalidOperationException($"container {id} has no process");
    }

    private Spec Mapped(string id)
    {
        Spec spec = _containers.NewSpec(id, "sh", "-c", "true");
        spec.Linux.Namespaces.Add(new LinuxNamespace { Type = "user" });
        spec.Linux.Namespaces.Add(new LinuxNamespace { Type = "cgroup" });
        spec.Linux.UIDMappings.Add(new LinuxIDMapping { ContainerID = 0, HostID = 100000, Size = 1000 });
        spec.Linux.GIDMappings.Add(new LinuxIDMapping { ContainerID = 0, HostID = 100000, Size = 1000 });
        foreach (var set in (Google.Protobuf.Collections.RepeatedField<string>[])[spec.Process.Capabilities.Bounding, spec.Process.Capabilities.Effective, spec.Process.Capabilities.Permitted])
        {
            set.Add("CAP_SYS_ADMIN");
        }

        return spec;
    }
}
