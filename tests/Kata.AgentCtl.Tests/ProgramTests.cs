using System.Text;
using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Testing.Agents;
using Kata.Testing.Commands;

namespace Kata.AgentCtl.Tests;

/// <summary>The program as a process: exit codes, standard streams, scripts.</summary>
public sealed class ProgramTests : IAsyncLifetime
{
    private readonly FakeAgent _agent = FakeAgent.Start();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    internal static string Program => Path.Combine(AppContext.BaseDirectory, "kata-agent-ctl");

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _agent.DisposeAsync();

    [Fact]
    public async Task Connect_Commands_PrintRepliesAndSucceed()
    {
        CommandResult result = await RunAsync(["connect", "-s", _agent.Address, "-c", "Check", "-c", "Version"]);

        Assert.Equal(0, result.ExitCode);
        Assert.Contains("SERVING", result.Output, StringComparison.Ordinal);
        Assert.Contains("\"agent_version\": \"fake\"", result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task Connect_AgentRefuses_SaysWhyAndStops()
    {
        _agent.Fail("StartContainer", StatusCode.NotFound, "no container c1");

        CommandResult result = await RunAsync(["connect", "-s", _agent.Address, "-c", "StartContainer cid=c1", "-c", "Version"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Equal("kata-agent-ctl: StartContainer: NotFound: no container c1\n", result.Error);
        Assert.Empty(result.Output);
    }

    [Fact]
    public async Task Connect_IgnoreErrors_GoesOnAndTellsAtTheEnd()
    {
        _agent.Fail("StartContainer", StatusCode.NotFound, "no container c1");

        CommandResult result = await RunAsync(["connect", "-s", _agent.Address, "--ignore-errors", "-c", "StartContainer cid=c1", "-c", "Version"]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("fake", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_Repeat_RunsAllAgain()
    {
        CommandResult result = await RunAsync(["connect", "-s", _agent.Address, "--repeat", "3", "-c", "CreateSandbox", "-c", "Version"]);

        Assert.Equal(0, result.ExitCode);
        Assert.Equal(3, _agent.Calls.Count(call => call.Method == "Version"));
    }

    [Fact]
    public async Task Connect_NobodyListens_IsUnreachable()
    {
        CommandResult result = await RunAsync(["connect", "-s", "unix:///nowhere/agent.sock", "--dial-timeout", "200ms", "-c", "Check"]);

        Assert.Equal(3, result.ExitCode);
        Assert.Contains("/nowhere/agent.sock did not answer", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unknown command", "conect")]
    [InlineData("Try 'kata-agent-ctl connect --help'", "connect", "--nonsense")]
    [InlineData("--log-level: loud is none of", "connect", "-l", "loud", "--dry-run", "-c", "Check")]
    [InlineData("there is nothing to do", "connect", "-s", "unix:///a")]
    public async Task CommandLine_Wrong_IsExplained(string expected, params string[] args)
    {
        CommandResult result = await RunAsync(args);

        Assert.Equal(2, result.ExitCode);
        Assert.StartsWith("kata-agent-ctl: ", result.Error, StringComparison.Ordinal);
        Assert.Contains(expected.Split(' ')[^1], result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Theory]
    [InlineData("^kata-agent-ctl [0-9]+\\.[0-9]+", "--version")]
    [InlineData("^[0-9a-f]{64}\n$", "generate-cid")]
    [InlineData("^[0-9a-f]{64}\n$", "generate-sid")]
    [InlineData("connect -s unix:", "examples")]
    [InlineData("^kata-agent-ctl: talk", "--help")]
    [InlineData("^Connect to an agent", "connect", "--help")]
    public async Task CommandLine_Printing_Prints(string expected, params string[] args)
    {
        CommandResult result = await RunAsync(args);

        Assert.Equal(0, result.ExitCode);
        Assert.Matches(expected, result.Output);
    }

    [Fact]
    public async Task Interactive_PipedScript_RunsLineByLineUntilAFailure()
    {
        CommandResult good = await RunAsync(["connect", "-s", _agent.Address, "-i"], "echo one\n\n# comment\necho 'two words'\r\nVersion\necho last");
        CommandResult bad = await RunAsync(["connect", "-s", _agent.Address, "-i"], "echo one\nNonsense\necho never\n");
        CommandResult ignored = await RunAsync(["connect", "-s", _agent.Address, "-i", "--ignore-errors"], "Nonsense\necho still\nquit\necho never\n");

        Assert.Equal(0, good.ExitCode);
        Assert.StartsWith("one\ntwo words\n{", good.Output, StringComparison.Ordinal);
        Assert.EndsWith("}\nlast\n", good.Output, StringComparison.Ordinal);
        Assert.Equal((1, "one\n"), (bad.ExitCode, bad.Output));
        Assert.Equal((1, "still\n"), (ignored.ExitCode, ignored.Output));
    }

    [Fact]
    public async Task Connect_AgentGoesAway_IsUnreachable()
    {
        _agent.On<CheckRequest, HealthCheckResponse>("Version", async (_, _) =>
        {
            _ = _agent.StopAsync();
            await Task.Delay(Timeout.Infinite, Token);
            return new HealthCheckResponse();
        });

        CommandResult result = await RunAsync(["connect", "-s", _agent.Address, "--ignore-errors", "-c", "Version", "-c", "echo never"]);

        Assert.Equal(3, result.ExitCode);
        Assert.Empty(result.Output);
    }

    private static Task<CommandResult> RunAsync(string[] args, string? input = null) =>
        Command.RunAsync(Program, args, new CommandOptions { Input = input is null ? null : Encoding.UTF8.GetBytes(input) }, Token);
}
