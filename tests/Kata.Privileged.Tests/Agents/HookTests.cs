using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using Kata.Testing.Agents;

namespace Kata.Privileged.Tests.Agents;

public sealed class HookTests : IClassFixture<LiveAgent>, IDisposable
{
    private static readonly string[] Stages = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

    private readonly string _directory = Directory.CreateTempSubdirectory("kata-hooks-").FullName;
    private readonly LiveAgent _live;
    private readonly GuestContainers _containers;

    public HookTests(LiveAgent live)
    {
        _live = live;
        _containers = new GuestContainers(live.Agent, live.Rootfs, "/" + live.CgroupPrefix);
    }

    private string Log => Path.Combine(_directory, "log");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Run_AllStages_AreInOrderAndInTheirPlace()
    {
        Spec spec = WithLog("hookorder", "sh", "-c", "echo program >> /log/log");
        foreach (string stage in Stages)
        {
            string log = stage == "startContainer" ? "/log/log" : Log;
            string script = $"read state; pid1=$(readlink /proc/self/ns/pid); echo {stage} $0 $V $state $(readlink /proc/self/ns/mnt) $pid1 $(test -e {_directory} && echo guest || echo container) >> {log}";
            Add(spec, stage, script);
        }

        await _containers.StartAsync(new CreateContainerRequest { ContainerId = "hookorder", ExecId = "hookorder", OCI = spec });
        await _live.WaitAsync("hookorder");
        await _containers.RemoveAsync("hookorder");

        string[] lines = await File.ReadAllLinesAsync(Log, TestContext.Current.CancellationToken);
        Assert.Equal(["prestart", "createRuntime", "createContainer", "startContainer"], lines.Take(4).Select(line => line.Split(' ')[0]));
        Assert.Equal(["poststart", "program"], lines.Skip(4).Take(2).Select(line => line.Split(' ')[0]).Order(StringComparer.Ordinal));
        Assert.StartsWith("poststop", lines[6], StringComparison.Ordinal);
        string[] hooks = [.. lines.Where(line => line != "program")];
        Assert.Equal(["guest", "guest", "guest", "container", "guest", "guest"], hooks.Select(line => line.Split(' ')[^1]));
        Assert.Equal(["creating", "creating", "creating", "created", "running", "stopped"], hooks.Select(StatusIn));
        Assert.Equal([0, 0, 1, 1, 0, 0], hooks.Select(line => line.Split(' ')[^3] == hooks[0].Split(' ')[^3] ? 0 : 1));
        Assert.Equal([0, 0, 1, 1, 0, 0], hooks.Select(line => line.Split(' ')[^2] == hooks[0].Split(' ')[^2] ? 0 : 1));
        Assert.All(hooks, line => Assert.Contains("argument0 value {\"ociVersion\":\"1.2.0\",\"id\":\"hookorder\"", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_EveryStage_HasTheDescriptorsOfAContainerAndNotTheAgents()
    {
        Spec spec = WithLog("hooklimit", "sh", "-c", "ulimit -Sn >> /log/log");
        foreach (string stage in Stages)
        {
            Add(spec, stage, $"ulimit -Sn >> {(stage == "startContainer" ? "/log/log" : Log)}");
        }

        await _containers.StartAsync(new CreateContainerRequest { ContainerId = "hooklimit", ExecId = "hooklimit", OCI = spec });
        await _live.WaitAsync("hooklimit");
        await _containers.RemoveAsync("hooklimit");

        string[] limits = await File.ReadAllLinesAsync(Log, TestContext.Current.CancellationToken);
        Assert.Equal(Stages.Length + 1, limits.Length);
        Assert.All(limits, limit => Assert.Equal("1024", limit));
    }

    [Theory]
    [InlineData("prestart")]
    [InlineData("createRuntime")]
    [InlineData("createContainer")]
    public async Task Create_HookFails_FailsAndLeavesNothing(string stage)
    {
        Spec spec = WithLog("hookfail", "true");
        Add(spec, stage, "echo because; exit 3");
        Add(spec, "poststop", $"echo poststop >> {Log}");

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => _containers.RunAsync("hookfail", spec));

        Assert.Contains($"{stage} hook /bin/sh failed with 3: because", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal("poststop\n", await File.ReadAllTextAsync(Log, TestContext.Current.CancellationToken));
        Assert.Empty(Directory.EnumerateDirectories($"/sys/fs/cgroup/pids/{_live.CgroupPrefix}"));
        Assert.Equal(0, (await _containers.RunAsync("hookfail", _containers.NewSpec("hookfail", "true"))).Code);
    }

    [Theory]
    [InlineData("startContainer", "")]
    [InlineData("poststart", "program\n")]
    public async Task Start_HookFails_StopsTheContainer(string stage, string expected)
    {
        Spec spec = WithLog("hookstart", "sh", "-c", "echo program >> /log/log; exec sleep 1000");
        Add(spec, stage, stage == "poststart" ? $"until test -e {Log}; do sleep 0.02; done; exit 4" : "exit 4");
        await _live.CreateAsync("hookstart", spec);

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => _live.StartAsync("hookstart"));
        int code = await _live.WaitAsync("hookstart");
        await _live.RemoveAsync("hookstart");

        Assert.Contains($"{stage} hook /bin/sh failed with 4", error.Status.Detail, StringComparison.Ordinal);
        Assert.Equal(137, code);
        Assert.Equal(expected, File.Exists(Log) ? await File.ReadAllTextAsync(Log, TestContext.Current.CancellationToken) : string.Empty);
    }

    [Fact]
    public async Task Create_HookTakesTooLong_AllOfItIsKilled()
    {
        Spec spec = WithLog("hooktime", "true");
        Add(spec, "createRuntime", $"setsid sh -c 'echo $$ > {Log}; exec sleep 1000' & sleep 1000");
        spec.Hooks.CreateRuntime[0].Timeout = 1;

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => _containers.RunAsync("hooktime", spec));

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
        Assert.Contains("did not end within 1 s", error.Status.Detail, StringComparison.Ordinal);
        string pid = (await File.ReadAllTextAsync(Log, TestContext.Current.CancellationToken)).Trim();
        Assert.True(HasEnded(pid), "a process of the hook survived");
    }

    [Fact]
    public async Task Create_HookDoesNotExist_SaysSo()
    {
        Spec spec = WithLog("hookmissing", "true");
        spec.Hooks.Prestart.Add(new Hook { Path = "/no/such/hook" });

        RpcException error = await Assert.ThrowsAsync<RpcException>(() => _containers.RunAsync("hookmissing", spec));

        Assert.Contains("prestart hook /no/such/hook: execute /no/such/hook", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateRuntime_ChangesOfTheRoot_AreSeenByTheProgram()
    {
        // What device plug-ins do: the bundle names the root file system, the pid the mount namespace that it is mounted in.
        Spec spec = WithLog("hookmount", "cat", "/proc/driver/extra", "/etc/extra");
        spec.Root.Readonly = true;
        AddCapabilities(spec, "CAP_SYS_ADMIN");
        Add(spec, "createContainer", $"b=/run/kata-containers; mount -t tmpfs x $b/proc/driver && echo mounted > $b/proc/driver/extra && mount -t tmpfs x $b/etc && echo made > $b/etc/extra");

        ContainerRun run = await _containers.RunAsync("hookmount", spec);

        Assert.Equal("mounted\nmade\n", run.Output + run.Error);
    }

    private static bool HasEnded(string pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal); // whoever adopted it may take its time
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static string StatusIn(string line)
    {
        int start = line.IndexOf("\"status\":\"", StringComparison.Ordinal) + 10;
        return line[start..line.IndexOf('"', start)];
    }

    private static void AddCapabilities(Spec spec, string name)
    {
        spec.Process.Capabilities.Bounding.Add(name);
        spec.Process.Capabilities.Effective.Add(name);
        spec.Process.Capabilities.Permitted.Add(name);
    }

    private static void Add(Spec spec, string stage, string script)
    {
        var hook = new Hook { Path = "/bin/sh", Args = { "sh", "-c", script, "argument0" }, Env = { "V=value", "PATH=/bin:/usr/bin:/sbin:/usr/sbin" } };
        (stage switch
        {
            "prestart" => spec.Hooks.Prestart,
            "createRuntime" => spec.Hooks.CreateRuntime,
            "createContainer" => spec.Hooks.CreateContainer,
            "startContainer" => spec.Hooks.StartContainer,
            "poststart" => spec.Hooks.Poststart,
            _ => spec.Hooks.Poststop,
        }).Add(hook);
    }

    private Spec WithLog(string id, params string[] args)
    {
        Spec spec = _containers.NewSpec(id, args);
        spec.Hooks = new Hooks();
        GuestContainers.AddBind(spec, _directory, "/log");
        return spec;
    }
}
