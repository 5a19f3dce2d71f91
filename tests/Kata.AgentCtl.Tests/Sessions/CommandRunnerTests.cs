using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Kata.AgentClient;
using Kata.AgentCtl.Api;
using Kata.AgentCtl.Requests;
using Kata.AgentCtl.Sessions;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Testing.Agents;

namespace Kata.AgentCtl.Tests.Sessions;

public sealed class CommandRunnerTests : IAsyncLifetime
{
    private readonly FakeAgent _agent = FakeAgent.Start();
    private readonly StringBuilder _output = new();
    private AgentConnection? _connection;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _connection = await AgentConnection.DialAsync(_agent.Address, new AgentDialOptions(), Token);

    public async ValueTask DisposeAsync()
    {
        await _connection!.DisposeAsync();
        await _agent.DisposeAsync();
    }

    [Fact]
    public async Task Run_EveryCommand_ReachesTheCallOfItsName()
    {
        CommandRunner runner = Runner(new Session(autoValues: false));
        foreach (ApiCommand command in ApiCommands.All)
        {
            _agent.Fail(command.Name, StatusCode.DataLoss, "seen");

            // What the fake agent does not serve is Unimplemented.
            await Assert.ThrowsAsync<RpcException>(() => runner.RunAsync(command.Name, Token));

            Assert.Equal(command.Name, _agent.Arrived.Last());
        }
    }

    [Fact]
    public async Task Run_ContainersLife_GoesByTheSessionsIds()
    {
        using var bundle = new TemporaryDirectory();
        bundle.Write("config.json", """{"ociVersion": "1.0.2", "root": {"path": "rootfs"}, "process": {"args": ["sh"], "cwd": "/"}}""");
        CommandRunner runner = Runner(new Session(bundle.Path));
        _agent.Program = process =>
        {
            process.WriteLine("hello");
            return Task.CompletedTask;
        };

        await runner.RunAsync("CreateSandbox sid=s1", Token);
        await runner.RunAsync("CreateContainer cid=c1", Token);
        await runner.RunAsync("StartContainer", Token);
        var read = (ReadStreamResponse)(await runner.RunAsync("ReadStdout", Token))!;
        await runner.RunAsync("ExecProcess exec_id=e1 process.Args='ls -l'", Token);
        await runner.RunAsync("SignalProcess signal=TERM", Token);
        var wait = (WaitProcessResponse)(await runner.RunAsync("WaitProcess", Token))!;
        await runner.RunAsync("RemoveContainer", Token);
        await runner.RunAsync("DestroySandbox", Token);

        Assert.Equal("hello\n", read.Data.ToStringUtf8());
        Assert.Equal(143, wait.Status);
        Assert.Equal(Path.Combine(bundle.Path, "rootfs"), Assert.Single(_agent.Requests<CreateContainerRequest>("CreateContainer")).OCI.Root.Path);
        Assert.Equal(["ls", "-l"], Assert.Single(_agent.Requests<ExecProcessRequest>("ExecProcess")).Process.Args);
        Assert.Equal("e1", Assert.Single(_agent.Requests<SignalProcessRequest>("SignalProcess")).ExecId);
        Assert.True(runner.Ended);
    }

    [Fact]
    public async Task Run_Reply_IsOneJsonDocumentWithEveryField()
    {
        await Runner().RunAsync("Version", Token);

        JsonElement reply = JsonDocument.Parse(_output.ToString()).RootElement;
        Assert.Equal("0.0.1", reply.GetProperty("grpc_version").GetString());
        Assert.EndsWith("}\n", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Raw_PrintsBytesAsTheyAreAndTheRestAsJson()
    {
        _agent.On<ReadStreamRequest, ReadStreamResponse>("ReadStdout", (_, _) => Task.FromResult(new ReadStreamResponse { Data = ByteString.CopyFromUtf8("plain\n") }));
        CommandRunner runner = Runner(raw: true);

        await runner.RunAsync("ReadStdout", Token);
        await runner.RunAsync("CreateSandbox", Token);
        await runner.RunAsync("Check", Token);

        Assert.StartsWith("plain\n{", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("SERVING", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_DryRun_SendsNothingAndWhatItPrintsCanBeSent()
    {
        CommandRunner dry = Runner(dryRun: true);
        await dry.RunAsync("SignalProcess cid=c1 signal=TERM", Token);
        string printed = _output.ToString();

        Assert.Equal("SignalProcess", printed.Split(' ')[0]);
        Assert.DoesNotContain(_agent.Calls, call => call.Method == "SignalProcess");
        Assert.Equal(
            new SignalProcessRequest { ContainerId = "c1", ExecId = "c1", Signal = 15 },
            new RequestComposer(ApiCommands.Find("SignalProcess")!, new Session(autoValues: false)).Compose([.. WordSplitter.Split(printed).Skip(1)]));
    }

    [Fact]
    public async Task Run_BuiltIns_DoWhatTheySay()
    {
        CommandRunner runner = Runner();

        await runner.RunAsync("echo a 'b c'", Token);
        await runner.RunAsync("# a comment 'with a quote", Token);
        await runner.RunAsync("", Token);
        await runner.RunAsync("sleep 1ms", Token);
        await runner.RunAsync("repeat 3 echo x", Token);
        await runner.RunAsync("list", Token);
        await runner.RunAsync("quit", Token);

        Assert.StartsWith("a b c\nx\nx\nx\nAddARPNeighbors\n", _output.ToString(), StringComparison.Ordinal);
        Assert.True(runner.Ended);
    }

    [Fact]
    public async Task Run_RepeatForEver_EndsWhenItIsCancelled()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        int calls = 0;
        _agent.On<CheckRequest, HealthCheckResponse>("Check", (_, _) =>
        {
            if (Interlocked.Increment(ref calls) == 5)
            {
                stop.Cancel();
            }

            return Task.FromResult(new HealthCheckResponse());
        });

        await Assert.ThrowsAnyAsync<Exception>(() => Runner().RunAsync("repeat -1 Check", stop.Token));

        Assert.InRange(calls, 5, 6);
    }

    [Theory]
    [InlineData("repeat", "repeat: say how often and what")]
    [InlineData("repeat 0 Check", "repeat: say how often and what")]
    [InlineData("repeat 1 repeat 1 repeat 1 repeat 1 repeat 1 repeat 1 repeat 1 repeat 1 repeat 1 Check", "repeat: more than 8 inside each other")]
    [InlineData("sleep", "sleep: say how long")]
    [InlineData("sleep soon", "sleep: soon is no duration")]
    [InlineData("CreatSandbox", "there is no command CreatSandbox; did you mean CreateSandbox?")]
    [InlineData("help Nonsense", "there is no command Nonsense")]
    public async Task Run_Wrong_SaysWhat(string line, string expected)
    {
        KataException error = await Assert.ThrowsAsync<KataException>(() => Runner().RunAsync(line, Token));

        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Timeout_IsTheCallsDeadline()
    {
        RpcException error = await Assert.ThrowsAsync<RpcException>(() => Runner(timeout: TimeSpan.FromMilliseconds(50)).RunAsync("GetOOMEvent", Token));

        Assert.Equal(StatusCode.DeadlineExceeded, error.StatusCode);
    }

    private CommandRunner Runner(Session? session = null, bool raw = false, bool dryRun = false, TimeSpan? timeout = null) => new(
        session ?? new Session(), _connection, new CommandSettings
        {
            Raw = raw,
            DryRun = dryRun,
            Timeout = timeout,
            Write = bytes => _output.Append(Encoding.UTF8.GetString(bytes.Span)),
        });
}
