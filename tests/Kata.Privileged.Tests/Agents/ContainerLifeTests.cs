using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;

namespace Kata.Privileged.Tests.Agents;

public sealed class ContainerLifeTests(LiveAgent live) : IClassFixture<LiveAgent>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_ExitCode_IsReported()
    {
        (int code, string output, string error) = await live.RunAsync("exit42", live.NewSpec("exit42", "sh", "-c", "echo out; echo err >&2; exit 42"));

        Assert.Equal(42, code);
        Assert.Equal("out\n", output);
        Assert.Equal("err\n", error);
    }

    [Fact]
    public async Task Run_KilledProcess_Is128AndTheSignal()
    {
        (int code, _, _) = await live.RunAsync("killed", live.NewSpec("killed", "sh", "-c", "sh -c 'kill -9 $$'; exit $?"));

        Assert.Equal(137, code);
    }

    [Fact]
    public async Task Run_SeesItsOwnWorld()
    {
        (_, string output, string error) = await live.RunAsync(
            "world", live.NewSpec("world", "sh", "-c", "echo $$; hostname; id; echo $HOME $A; ulimit -n; ls /; ls -a /proc/acpi; wc -c </proc/keys"));

        string[] lines = output.Split('\n');
        Assert.Equal("1", lines[0]);
        Assert.Equal("podhost", lines[1]);
        Assert.StartsWith("uid=0(root) gid=0(root)", lines[2], StringComparison.Ordinal);
        Assert.Equal("/root b", lines[3]);
        Assert.Equal("512", lines[4]);
        Assert.DoesNotContain("work", output, StringComparison.Ordinal);
        Assert.Empty(error);
        Assert.Equal("0", lines[^2]);
    }

    [Fact]
    public async Task Run_ReadOnlyPaths_CannotBeWritten()
    {
        Spec spec = live.NewSpec("ropaths", "sh", "-c", "echo x > /proc/sys/kernel/hostname; echo x > /newfile; ls /sys/firmware | wc -l; ls /sys/fs/cgroup | grep memory | head -n 1 | wc -l");
        spec.Root.Readonly = true;

        (_, string output, string error) = await live.RunAsync("ropaths", spec);

        Assert.Equal("0\n1\n", output);
        Assert.Equal(2, error.Split("Read-only file system").Length - 1);
    }

    [Fact]
    public async Task Run_LargeOutput_ArrivesWhole()
    {
        await live.CreateAsync("large", live.NewSpec("large", "sh", "-c", "dd if=/dev/zero bs=64k count=320 2>/dev/null"));
        Task<byte[]> output = live.ReadToEndAsync("large");
        await live.StartAsync("large");

        Assert.Equal(0, await live.WaitAsync("large"));
        Assert.Equal(Convert.ToHexString(SHA256.HashData(new byte[320 * 64 * 1024])), Convert.ToHexString(SHA256.HashData(await output)));
        await live.RemoveAsync("large");
    }

    [Fact]
    public async Task Stdin_CloseAfterWrites_ReachesTheProcess()
    {
        await live.CreateAsync("stdin", live.NewSpec("stdin", "cat"));
        await live.StartAsync("stdin");
        await live.Agent.WriteStdinAsync(new WriteStreamRequest { ContainerId = "stdin", Data = ByteString.CopyFromUtf8("hello ") }, cancellationToken: Token);
        await live.Agent.WriteStdinAsync(new WriteStreamRequest { ContainerId = "stdin", Data = ByteString.CopyFromUtf8("there") }, cancellationToken: Token);
        await live.Agent.CloseStdinAsync(new CloseStdinRequest { ContainerId = "stdin" }, cancellationToken: Token);

        Assert.Equal("hello there", System.Text.Encoding.UTF8.GetString(await live.ReadToEndAsync("stdin")));
        Assert.Equal(0, await live.WaitAsync("stdin"));
        await live.RemoveAsync("stdin");
    }

    [Fact]
    public async Task Terminal_IsTheContainersOwn()
    {
        Spec spec = live.NewSpec("term", "sh", "-c", "tty; stty size; test -c /dev/console && echo console");
        spec.Process.Terminal = true;
        spec.Process.ConsoleSize = new Box { Height = 33, Width = 99 };

        (int code, string output, _) = await live.RunAsync("term", spec);

        Assert.Equal("/dev/pts/0\r\n33 99\r\nconsole\r\n", output);
        Assert.Equal(0, code);
    }

    [Fact]
    public async Task Exec_InRunningContainer_JoinsIt()
    {
        await live.CreateAsync("execs", live.NewSpec("execs", "sleep", "1000"));
        await live.StartAsync("execs");
        var process = new Protocols.Oci.Process { Args = { "sh", "-c", "hostname; cat /proc/1/cmdline; id -u; exit 7" }, Cwd = "/tmp", Env = { "PATH=/bin" }, User = new User { UID = 33 } };
        await live.Agent.ExecProcessAsync(new ExecProcessRequest { ContainerId = "execs", ExecId = "e1", Process = process }, cancellationToken: Token);

        Assert.Equal("podhost\nsleep\u00001000\u000033\n", System.Text.Encoding.UTF8.GetString(await live.ReadToEndAsync("execs", "e1")));
        Assert.Equal(7, await live.WaitAsync("execs", "e1"));
        await live.Agent.SignalProcessAsync(new SignalProcessRequest { ContainerId = "execs", Signal = 9 }, cancellationToken: Token);
        Assert.Equal(137, await live.WaitAsync("execs"));
        await live.RemoveAsync("execs");
    }

    [Fact]
    public async Task SigTerm_OnInitWithoutHandler_EndsIt()
    {
        await live.CreateAsync("term1", live.NewSpec("term1", "sleep", "1000"));
        await live.StartAsync("term1");
        await live.Agent.SignalProcessAsync(new SignalProcessRequest { ContainerId = "term1", Signal = 15 }, cancellationToken: Token);

        Assert.Equal(137, await live.WaitAsync("term1"));
        await live.RemoveAsync("term1");
    }

    [Fact]
    public async Task SigTerm_OnInitWithHandler_RunsIt()
    {
        await live.CreateAsync("term2", live.NewSpec("term2", "sh", "-c", "trap 'exit 5' TERM; echo ready; while true; do sleep 1000 & wait $!; done"));
        await live.StartAsync("term2");
        await live.Agent.ReadStdoutAsync(new ReadStreamRequest { ContainerId = "term2", Len = 100 }, cancellationToken: Token);
        await live.Agent.SignalProcessAsync(new SignalProcessRequest { ContainerId = "term2", ExecId = "term2", Signal = 15 }, cancellationToken: Token);

        Assert.Equal(5, await live.WaitAsync("term2"));
        await live.RemoveAsync("term2");
    }

    [Fact]
    public async Task Signal_ProcessHasEnded_SaysWhatUpstreamsHostsTakeForSuccess()
    {
        await live.CreateAsync("over", live.NewSpec("over", "true"));
        await live.StartAsync("over");
        await live.WaitAsync("over");

        RpcException error = await Assert.ThrowsAsync<RpcException>(
            async () => await live.Agent.SignalProcessAsync(new SignalProcessRequest { ContainerId = "over", ExecId = "over", Signal = 15 }, cancellationToken: Token));
        await live.RemoveAsync("over");

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
        Assert.Contains("ESRCH: No such process", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_AskedForPastItsEnd_IsRefusedTheSecondTime()
    {
        await live.CreateAsync("past", live.NewSpec("past", "echo", "x"));
        await live.StartAsync("past");
        await live.WaitAsync("past");
        async Task<string> ReadAsync() => (await live.Agent.ReadStdoutAsync(new ReadStreamRequest { ContainerId = "past", Len = 100 }, cancellationToken: Token)).Data.ToStringUtf8();

        string[] read = [await ReadAsync(), await ReadAsync()];
        RpcException error = await Assert.ThrowsAsync<RpcException>(ReadAsync);
        await live.RemoveAsync("past");

        Assert.Equal(["x\n", ""], read);
        Assert.Equal((StatusCode.FailedPrecondition, "the output has ended (eof)"), (error.StatusCode, error.Status.Detail));
    }

    [Fact]
    public async Task PauseResumeStats_RunningContainer_Work()
    {
        await live.CreateAsync("paused", live.NewSpec("paused", "sleep", "1000"));
        await live.StartAsync("paused");
        await live.Agent.PauseContainerAsync(new PauseContainerRequest { ContainerId = "paused" }, cancellationToken: Token);
        RpcException again = await Assert.ThrowsAsync<RpcException>(async () => await live.Agent.PauseContainerAsync(new PauseContainerRequest { ContainerId = "paused" }, cancellationToken: Token));
        await live.Agent.ResumeContainerAsync(new ResumeContainerRequest { ContainerId = "paused" }, cancellationToken: Token);
        StatsContainerResponse stats = await live.Agent.StatsContainerAsync(new StatsContainerRequest { ContainerId = "paused" }, cancellationToken: Token);
        await live.RemoveAsync("paused");

        Assert.Equal(StatusCode.FailedPrecondition, again.StatusCode);
        Assert.True(stats.CgroupStats.PidsStats.Current > 0);
        Assert.True(stats.CgroupStats.CpuStats.CpuUsage.TotalUsage > 0);
    }

    [Fact]
    public async Task Limits_OfTheSpec_AreInForce()
    {
        Spec spec = live.NewSpec("limits", "sh", "-c", "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes pids/pids.max 2>/dev/null || cat memory.max pids.max");
        spec.Linux.Resources = new LinuxResources { Memory = new LinuxMemory { Limit = 64 << 20 }, Pids = new LinuxPids { Limit = 77 } };

        (_, string output, string error) = await live.RunAsync("limits", spec);

        Assert.Equal($"{64 << 20}\n77\n", output + error);
    }
}
