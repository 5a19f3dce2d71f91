using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Kata.AgentClient;
using Kata.AgentCtl.Sessions;
using Kata.Protocols.Agent;
using Kata.Testing.Commands;

namespace Kata.Privileged.Tests.Agents;

/// <summary>The agent as <c>kata-agent-ctl</c> drives it: from a bundle, by commands.</summary>
public sealed class AgentCtlTests(LiveAgent live) : IClassFixture<LiveAgent>, IAsyncLifetime
{
    private readonly DirectoryInfo _bundle = Directory.CreateTempSubdirectory("kata-bundle-");
    private readonly StringBuilder _output = new();
    private AgentConnection? _connection;
    private CommandRunner _runner = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        // What 'runc spec' writes, in short, and not in need of a terminal.
        string config = $$$"""
            {
              "ociVersion": "1.0.2", "hostname": "ignored", "root": {"path": "{{{live.Rootfs}}}"},
              "process": {"args": ["cat"], "cwd": "/", "env": ["PATH=/bin"], "user": {"uid": 0, "gid": 0}, "capabilities": {"bounding": ["CAP_KILL"], "permitted": ["CAP_KILL"], "effective": ["CAP_KILL"]}},
              "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"}],
              "linux": {
                "cgroupsPath": "/{{{live.CgroupPrefix}}}/ctl", "maskedPaths": ["/proc/kcore"], "readonlyPaths": ["/proc/sys"],
                "namespaces": [{"type": "mount"}, {"type": "ipc"}, {"type": "uts"}], "resources": {"devices": [{"allow": false, "access": "rwm"}], "pids": {"limit": 50}}
              }
            }
            """;
        await File.WriteAllTextAsync(Path.Combine(_bundle.FullName, "config.json"), config, Token);
        _connection = await AgentConnection.DialAsync(live.Address, new AgentDialOptions(), Token);
        _runner = new CommandRunner(new Session(_bundle.FullName), _connection, new CommandSettings { Raw = true, Write = bytes => _output.Append(Encoding.UTF8.GetString(bytes.Span)) });
    }

    public async ValueTask DisposeAsync()
    {
        await _connection!.DisposeAsync();
        _bundle.Delete(recursive: true);
    }

    [Fact]
    public async Task Commands_ContainersWholeLife_WorkFromABundle()
    {
        await RunAsync("CreateContainer cid=ctl1");
        await RunAsync("StartContainer");
        await RunAsync("WriteStdin data='hello there'");
        await RunAsync("ReadStdout");
        await RunAsync("ExecProcess exec_id=ls process.Args='sh -c \"echo from exec; exit 5\"'");
        await RunAsync("ReadStdout");
        Assert.Equal(5, ((WaitProcessResponse)(await RunAsync("WaitProcess"))!).Status);
        var stats = (StatsContainerResponse)(await RunAsync("StatsContainer"))!;
        await RunAsync("PauseContainer");
        await RunAsync("ResumeContainer");
        await RunAsync("UpdateContainer {\"resources\": {\"Pids\": {\"Limit\": 40}}}");
        await RunAsync("SignalProcess exec_id=ctl1 signal=KILL");
        Assert.Equal(137, ((WaitProcessResponse)(await RunAsync("WaitProcess"))!).Status);
        await RunAsync("RemoveContainer timeout=20");
        RpcException gone = await Assert.ThrowsAsync<RpcException>(() => RunAsync("StatsContainer"));

        Assert.Contains("}\nhello therefrom exec\n{", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(50ul, stats.CgroupStats.PidsStats.Limit);
        Assert.Equal(StatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task CloseStdin_AfterInput_EndsTheProgram()
    {
        await RunAsync("CreateContainer cid=ctl2 OCI.Process.Args='sh -c \"cat; echo end; exit 3\"'");
        await RunAsync("StartContainer");
        await RunAsync("WriteStdin data=abc");
        await RunAsync("CloseStdin");
        Assert.Equal(3, ((WaitProcessResponse)(await RunAsync("WaitProcess"))!).Status);
        while (((ReadStreamResponse)(await RunAsync("ReadStdout"))!).Data.Length > 0)
        {
            // to the end
        }

        await RunAsync("RemoveContainer");

        Assert.EndsWith("abcend\n", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Version_LiveAgent_IsItsOwn()
    {
        var version = (VersionCheckResponse)(await RunAsync("Version"))!;

        Assert.Equal("0.0.1", version.GrpcVersion);
        Assert.Matches("^[0-9]+\\.[0-9]+", version.AgentVersion);
    }

    [Fact]
    public async Task TtyWinResize_Terminal_HasTheNewSize()
    {
        await RunAsync("CreateContainer cid=ctl5 OCI.Process.Terminal=true OCI.Process.Args='sh -c \"read line; stty size\"'");
        await RunAsync("StartContainer");
        await RunAsync("TtyWinResize row=33 column=99");
        await RunAsync("WriteStdin data='go\n'");
        while (((ReadStreamResponse)(await RunAsync("ReadStdout"))!).Data.Length > 0)
        {
            // to the end
        }

        RpcException none = await Assert.ThrowsAsync<RpcException>(() => RunAsync("TtyWinResize row=70000"));
        await RunAsync("RemoveContainer");

        Assert.Contains("33 99", _output.ToString(), StringComparison.Ordinal);
        Assert.Equal(StatusCode.InvalidArgument, none.StatusCode);
    }

    [Fact]
    public async Task Start_StoppedAtItsGate_RunsAllTheSame()
    {
        await RunAsync("CreateContainer cid=ctl3 OCI.Process.Args='true'");
        await RunAsync("SignalProcess signal=STOP");
        await RunAsync("StartContainer");

        Assert.Equal(0, ((WaitProcessResponse)(await RunAsync("WaitProcess"))!).Status);
        await RunAsync("RemoveContainer");
    }

    [Fact]
    public async Task Program_OnALiveAgent_TellsTheTruth()
    {
        CommandResult result = await Command.RunAsync(
            Path.Combine(AppContext.BaseDirectory, "kata-agent-ctl"),
            ["connect", "-s", live.Address, "-b", _bundle.FullName, "--raw", "-c", "CreateContainer cid=ctl4 OCI.Process.Args='echo from a program'", "-c", "StartContainer", "-c", "ReadStdout", "-c", "RemoveContainer", "-c", "StartContainer"],
            options: null,
            Token);

        Assert.Equal("from a program\n", result.Output);
        Assert.StartsWith("kata-agent-ctl: StartContainer: NotFound: ", result.Error, StringComparison.Ordinal);
        Assert.Equal(1, result.ExitCode);
    }

    private async Task<IMessage?> RunAsync(string line) => await _runner.RunAsync(line, Token);
}
