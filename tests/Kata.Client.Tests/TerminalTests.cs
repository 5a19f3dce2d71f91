using Kata.Client.Tests.Host;
using Kata.Testing.Builds;
using Kata.Testing.Terminals;

namespace Kata.Client.Tests;

/// <summary>A person at a terminal: keys, window size and Ctrl-C reach the program in the machine.</summary>
public sealed class TerminalTests(ClientFixture fixture)
{
    // Prints the size at the start and whenever it changes; the read goes on after the signal.
    private const string Script = "trap 'stty size' WINCH; echo ready; stty size; while read line; do echo \"got $line\"; done; echo bye; exit 6";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ctr_Terminal_CarriesKeysSizeAndItsChanges()
    {
        fixture.Require();
        HostSnapshot before = fixture.Snapshot();
        string[] run = fixture.RunArguments(fixture.NewId("term"), ["--rm", "--tty"], ["sh", "-c", Script]);

        await using TerminalProgram ctr = await TerminalProgram.StartAsync("/usr/bin/ctr", ["--address", fixture.Containerd.Socket, .. run], rows: 33, columns: 77);
        await ctr.ExpectAsync("33 77", Token);
        int code = await TypeAndResizeAsync(ctr);

        Assert.Equal(6, code);
        await fixture.AssertNothingLeftAsync(before);
    }

    [Fact]
    public async Task Run_Terminal_CarriesKeysSizeAndItsChanges()
    {
        fixture.Require();

        await using TerminalProgram run = await StartAsync("sh", "-c", Script);
        await run.ExpectAsync("33 77", Token);
        int code = await TypeAndResizeAsync(run);

        Assert.Equal(6, code);
    }

    [Fact]
    public async Task Run_CtrlC_InterruptsTheProgramAndNotUs()
    {
        fixture.Require();

        await using TerminalProgram run = await StartAsync("sh", "-c", "trap 'echo interrupted; exit 4' INT; echo ready; while :; do sleep 0.1; done");
        await run.ExpectAsync("ready", Token);
        await run.TypeAsync("\u0003", Token);

        Assert.Equal(4, await run.WaitAsync(Token));
        Assert.Contains("interrupted", run.Printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Terminal_ShowsProgressAndTakesItAway()
    {
        fixture.Require();

        await using TerminalProgram run = await StartAsync("echo", "done");
        int code = await run.WaitAsync(Token);

        Assert.Equal(0, code);
        int shown = run.Printed.IndexOf("Starting the virtual machine", StringComparison.Ordinal);
        int erased = run.Printed.LastIndexOf("\r\u001b[2K", StringComparison.Ordinal);
        int said = run.Printed.IndexOf("done\r\n", StringComparison.Ordinal);
        Assert.True(shown >= 0 && shown < erased && erased < said, run.Printed);
    }

    private static async Task<int> TypeAndResizeAsync(TerminalProgram program)
    {
        await program.TypeAsync("hello\r", Token);
        await program.ExpectAsync("got hello", Token);
        program.Resize(50, 120);
        await program.ExpectAsync("50 120", Token);
        await program.TypeAsync("\u0004", Token);
        await program.ExpectAsync("bye", Token);
        return await program.WaitAsync(Token);
    }

    private Task<TerminalProgram> StartAsync(params string[] command) => TerminalProgram.StartAsync(
        BuildOutput.Runtime,
        ["run", "--config", fixture.Configuration, "--image-store", Path.Combine(fixture.Directory, "store"), "--name", fixture.NewId("tty"), "-it", BuildOutput.ImageLayout, "--", .. command],
        rows: 33,
        columns: 77);
}
