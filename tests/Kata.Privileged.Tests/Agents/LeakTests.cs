using System.Globalization;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;

namespace Kata.Privileged.Tests.Agents;

public sealed class LeakTests(LiveAgent live) : IClassFixture<LiveAgent>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Containers_ManyAtOnce_LeaveNothing()
    {
        Assert.SkipUnless(LiveAgent.Elsewhere is null, "looks into the agent's /proc");
        await RunBatchAsync("warm");
        int descriptors = Descriptors();
        string mounts = Mounts();

        for (int round = 0; round < 3; round++)
        {
            await RunBatchAsync(string.Create(CultureInfo.InvariantCulture, $"round{round}"));
        }

        Assert.InRange(Descriptors(), 1, descriptors);
        Assert.Equal(mounts, Mounts());
        Assert.Empty(Directory.EnumerateDirectories($"/sys/fs/cgroup/memory/{live.CgroupPrefix}"));
    }

    [Fact]
    public async Task Threads_AfterManyContainers_AreInTheAgentsNamespaces()
    {
        Assert.SkipUnless(LiveAgent.Elsewhere is null, "looks into the agent's /proc");
        await RunBatchAsync("threads");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Token);
        deadline.CancelAfter(TimeSpan.FromSeconds(10));

        // The threads that set containers up end a moment after they have handed over.
        while (Namespaces().Count != 1)
        {
            await Task.Delay(10, deadline.Token);
        }
    }

    [Fact]
    public async Task Exec_ManyCycles_KeepDescriptorsFlat()
    {
        Assert.SkipUnless(LiveAgent.Elsewhere is null, "looks into the agent's /proc");
        await live.CreateAsync("cycles", live.NewSpec("cycles", "sleep", "1000"));
        await live.StartAsync("cycles");
        await ExecAsync("warm");
        int descriptors = Descriptors();

        for (int i = 0; i < 100; i++)
        {
            await ExecAsync(string.Create(CultureInfo.InvariantCulture, $"exec{i}"));
        }

        Assert.InRange(Descriptors(), 1, descriptors);
        await live.RemoveAsync("cycles");
    }

    [Fact]
    public async Task Memory_LimitHit_IsAnOomEvent()
    {
        Spec spec = live.NewSpec("oom", "dd", "if=/dev/zero", "of=/dev/null", "bs=200M", "count=1");
        spec.Linux.Resources = new LinuxResources { Memory = new LinuxMemory { Limit = 32 << 20, Swap = 32 << 20 } };
        await live.CreateAsync("oom", spec);
        await live.StartAsync("oom");

        OOMEvent happened = await live.Agent.GetOOMEventAsync(new GetOOMEventRequest(), cancellationToken: Token);

        Assert.Equal("oom", happened.ContainerId);
        Assert.Equal(137, await live.WaitAsync("oom"));
        await live.RemoveAsync("oom");
    }

    private async Task RunBatchAsync(string name)
    {
        var runs = new List<Task<(int Code, string Output, string Error)>>();
        for (int i = 0; i < 10; i++)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"{name}-{i}");
            runs.Add(live.RunAsync(id, live.NewSpec(id, "sh", "-c", $"echo {i}; exit {i}")));
        }

        (int Code, string Output, string Error)[] results = await Task.WhenAll(runs);
        for (int i = 0; i < results.Length; i++)
        {
            Assert.Equal((i, $"{i}\n", string.Empty), results[i]);
        }
    }

    private async Task ExecAsync(string execId)
    {
        var process = new Protocols.Oci.Process { Args = { "echo", execId }, Cwd = "/", Env = { "PATH=/bin" }, User = new User() };
        await live.Agent.ExecProcessAsync(new ExecProcessRequest { ContainerId = "cycles", ExecId = execId, Process = process }, cancellationToken: Token);
        Task<byte[]> error = live.ReadToEndAsync("cycles", execId, error: true);
        Assert.Equal(execId + "\n", System.Text.Encoding.UTF8.GetString(await live.ReadToEndAsync("cycles", execId)));
        await error;
        Assert.Equal(0, await live.WaitAsync("cycles", execId));
    }

    private HashSet<string> Namespaces()
    {
        var all = new HashSet<string>();
        foreach (string task in Directory.EnumerateDirectories($"/proc/{live.Pid}/task"))
        {
            string[] kinds = ["mnt", "ipc", "uts", "pid_for_children", "net"];
            all.Add(string.Join(' ', kinds.Select(kind => new FileInfo($"{task}/ns/{kind}").LinkTarget)));
        }

        return all;
    }

    private int Descriptors() => Directory.GetFileSystemEntries($"/proc/{live.Pid}/fd").Length;

    private string Mounts() => File.ReadAllText($"/proc/{live.Pid}/mounts");
}
