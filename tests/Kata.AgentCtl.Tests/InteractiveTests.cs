using System.Diagnostics;
using System.Text;
using Kata.Linux;
using Kata.Linux.Terminals;
using Kata.Protocols.Agent;
using Kata.Testing.Agents;

namespace Kata.AgentCtl.Tests;

/// <summary>The program at a terminal, as a person uses it.</summary>
public sealed class InteractiveTests : IAsyncLifetime
{
    private const string Prompt = "kata-agent> ";

    private readonly FakeAgent _agent = FakeAgent.Start();
    private readonly TemporaryDirectory _directory = new();
    private readonly PseudoTerminal _terminal = PseudoTerminal.Open();
    private readonly StringBuilder _screen = new();
    private readonly CancellationTokenSource _deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private Process? _process;
    private int _seen;

    public async ValueTask InitializeAsync()
    {
        _deadline.CancelAfter(TimeSpan.FromSeconds(60));
        _terminal.Resize(30, 100);
        StartProgram();
        await ExpectAsync(Prompt);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process!.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
        _terminal.Dispose();
        await _agent.DisposeAsync();
        _directory.Dispose();
        _deadline.Dispose();
    }

    [Fact]
    public async Task Line_Edited_RunsAsItWasLeft()
    {
        await EnterAsync("echo wrld\e[D\e[D\e[Do\r", "\r\nworld\r\n"); // three to the left, then the missing letter

        await EnterAsync("Nonsense\r", "there is no command Nonsense");
        await EnterAsync("echo still here\r", "\r\nstill here\r\n");
    }

    [Fact]
    public async Task History_OlderLineAndSearch_RunAgain()
    {
        await EnterAsync("echo first\r", "\r\nfirst\r\n");
        await EnterAsync("echo second\r", "\r\nsecond\r\n");

        await EnterAsync("\e[A\e[A\r", "\r\nfirst\r\n");
        await EnterAsync("sec\u0012\r", "\r\nsecond\r\n");
        Type("quit\r");
        await _process!.WaitForExitAsync(_deadline.Token);

        Assert.Equal(["echo first", "echo second", "echo first", "echo second", "quit"], await File.ReadAllLinesAsync(Path.Combine(_directory.Path, "kata-containers/agent-ctl-history"), _deadline.Token));
        Assert.Equal(0, _process.ExitCode);
    }

    [Fact]
    public async Task Tab_CompletesAndOffers()
    {
        await EnterAsync("Vers\t\r", "\"agent_version\": \"fake\"");

        Type("Create\t");
        await ExpectAsync("CreateContainer\r\n");
        await ExpectAsync("CreateSandbox\r\n");
        Type("S\tsid=\u0015\u0004"); // completed, given up with Ctrl-U, and Ctrl-D on the empty line
        await _process!.WaitForExitAsync(_deadline.Token);

        Assert.Equal(0, _process.ExitCode);
        Assert.DoesNotContain(_agent.Calls, call => call.Method == "CreateSandbox");
    }

    [Fact]
    public async Task Interrupt_RunningCommand_EndsItAndNothingElse()
    {
        var called = new TaskCompletionSource();
        _agent.On<GetOOMEventRequest, OOMEvent>("GetOOMEvent", async (_, context) =>
        {
            called.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.CancellationToken);
            return new OOMEvent();
        });

        Type("GetOOMEvent\r");
        await called.Task.WaitAsync(_deadline.Token);
        Type("\u0003");
        await ExpectAsync("interrupted");
        await ExpectAsync(Prompt); // only now is Ctrl-C a key
        Type("half a line\u0003");
        await ExpectAsync("^C");
        Type("echo whole\r");

        await ExpectAsync("\r\nwhole\r\n");
    }

    [Fact]
    public async Task End_Terminal_IsAsItWasBefore()
    {
        Type("quit\r");
        await _process!.WaitForExitAsync(_deadline.Token);
        using Fd slave = _terminal.OpenSlave();

        // In canonical mode with echo again: a line typed now is echoed.
        Type("typed\r");
        await ExpectAsync("typed");
    }

    private void StartProgram()
    {
        // A session of its own with the terminal as its controlling one, so that Ctrl-C is a signal.
        string command = $"exec setsid -c -w '{ProgramTests.Program}' connect -s '{_agent.Address}' -i <'{_terminal.SlavePath}' >'{_terminal.SlavePath}' 2>&1";
        var start = new ProcessStartInfo("sh", ["-c", command]);
        start.Environment["TERM"] = "xterm";
        start.Environment["XDG_STATE_HOME"] = _directory.Path;
        _process = Process.Start(start)!;
    }

    // Between two prompts the terminal is not the editor's: what is typed then goes through the kernel's own editing of lines, for which Ctrl-R is a key, too.
    private async Task EnterAsync(string keys, string result)
    {
        Type(keys);
        await ExpectAsync(result);
        await ExpectAsync(Prompt);
    }

    private void Type(string keys) => FdIo.WriteAll(_terminal.Master, Encoding.UTF8.GetBytes(keys));

    /// <summary>Reads the screen until a text has appeared after the last one expected.</summary>
    private async Task ExpectAsync(string text)
    {
        byte[] buffer = new byte[4096];
        while (true)
        {
            int at = _screen.ToString().IndexOf(text, _seen, StringComparison.Ordinal);
            if (at >= 0)
            {
                _seen = at + text.Length;
                return;
            }

            Task<int> read = Task.Run(() => FdIo.Read(_terminal.Master, buffer), _deadline.Token);
            try
            {
                _screen.Append(Encoding.UTF8.GetString(buffer, 0, await read.WaitAsync(_deadline.Token)));
            }
            catch (Exception error) when (error is OperationCanceledException or LinuxException)
            {
                throw new TimeoutException($"'{text}' did not appear on the screen; it shows:\n{_screen}", error);
            }
        }
    }
}
