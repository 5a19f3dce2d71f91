using System.Diagnostics;
using System.Security.Cryptography;
using Kata.Client.Tests.Host;
using Kata.Testing.Builds;
using Kata.Testing.Commands;

namespace Kata.Client.Tests;

/// <summary><c>kata-runtime run</c>, from the image to the exit code, in real machines.</summary>
public sealed class RunTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    private readonly string _name = $"run-test-{Guid.NewGuid():N}"[..20];
    // Not private as other temporary directories are: a volume of the tests is read by a user who is not root.
    private readonly string _directory = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"kata-run-{Guid.NewGuid():N}")).FullName;

    private string Store => Path.Combine(_directory, "store");

    [Fact]
    public async Task Run_Program_PassesOutputAndExitCodeAndLeavesNothing()
    {
        HostSnapshot before = Snapshot();

        CommandResult result = await RunAsync([], "sh", "-c", "echo out; echo err >&2; exit 42");

        Assert.Equal((42, "out\n", "err\n"), (result.ExitCode, result.Output, result.Error));
        Assert.Empty(Snapshot().Since(before));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(Store, "containers")));
    }

    [Fact]
    public async Task Run_Options_ReachTheProgram()
    {
        File.WriteAllText(Path.Combine(_directory, "file"), "from the host");

        CommandResult result = await RunAsync(
            ["--env", "A=b c", "--workdir", "/made/here", "--user", "app", "--hostname", "guest", "--memory", "128m", "--cpus", "1", "--volume", $"{_directory}:/v:ro"],
            "sh", "-c", "id -u; id -g; pwd; echo $A; hostname; cat /v/file; touch /v/x 2>/dev/null || echo ' read-only'");

        Assert.Equal("1000\n1000\n/made/here\nb c\nguest\nfrom the host read-only\n", result.EnsureSuccess().Output);
    }

    [Fact]
    public async Task Run_Interactive_CarriesAllBytesAndTheEnd()
    {
        byte[] input = RandomNumberGenerator.GetBytes(8 << 20);

        CommandResult result = await RunAsync(["-i"], input, "sha256sum");

        Assert.StartsWith(Convert.ToHexStringLower(SHA256.HashData(input)), result.EnsureSuccess().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_NotInteractive_ReadsTheEndAtOnce() => Assert.Equal("0\n", (await RunAsync([], "unread"u8.ToArray(), "wc", "-c")).EnsureSuccess().Output);

    [Fact]
    public async Task Run_Terminal_IsOneOfTheRightSize()
    {
        string command = $"stty rows 31 cols 97; {BuildOutput.Runtime} run {string.Join(' ', CommonOptions)} -it {BuildOutput.ImageLayout} -- sh -c 'stty size; test -t 0 && test -t 1 && echo yes'";

        CommandResult result = await Command.RunAsync("script", ["-qec", command, "/dev/null"], new CommandOptions { Deadline = Deadline }, TestContext.Current.CancellationToken);

        Assert.Contains("31 97", result.EnsureSuccess().Output, StringComparison.Ordinal);
        Assert.Contains("yes", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(127, "no-such-program")]
    [InlineData(127, "/no/such/program")]
    [InlineData(126, "/etc/passwd")]
    [InlineData(126, "/etc")]
    [InlineData(137, "sh", "-c", "sh -c 'kill -9 $$'; exit $?")]
    public async Task Run_ProgramThatCannotRun_GivesTheShellsCode(int code, params string[] program)
    {
        CommandResult result = await RunAsync([], program);

        Assert.Equal(code, result.ExitCode);
    }

    [Theory]
    [InlineData("no user \"nobodyknows\"", "--user", "nobodyknows")]
    [InlineData("no network", "--network", "bridge")]
    [InlineData("does not exist", "--volume", "/nonexistent:/v")]
    public async Task Run_BadRequest_Is125WithAReasonAndLeavesNothing(string reason, params string[] options)
    {
        HostSnapshot before = Snapshot();

        CommandResult result = await RunAsync(options, "true");

        Assert.Equal(125, result.ExitCode);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
        Assert.StartsWith("kata-runtime: ", result.Error, StringComparison.Ordinal);
        Assert.Empty(Snapshot().Since(before));
    }

    [Fact]
    public async Task Run_OutputReaderGone_Ends()
    {
        string command = $"{BuildOutput.Runtime} run {string.Join(' ', CommonOptions)} {BuildOutput.ImageLayout} -- yes | head -n 1; echo ${{PIPESTATUS[0]}}";

        CommandResult result = await Command.RunAsync("bash", ["-c", command], new CommandOptions { Deadline = Deadline }, TestContext.Current.CancellationToken);

        Assert.Equal("y\n141\n", result.Output);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Run_SignalWhileTheMachineBoots_EndsAndLeavesNothing(string signal)
    {
        HostSnapshot before = Snapshot();
        using Process run = Start("sleep", "1000");
        await ProcessTable.WaitForAsync(entry => entry.Name.StartsWith("qemu-system", StringComparison.Ordinal) && entry.CommandLine.Contains(_name, StringComparison.Ordinal), Deadline, TestContext.Current.CancellationToken);

        await SignalAsync(run, signal);
        await run.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Deadline, TestContext.Current.CancellationToken);

        Assert.Equal(signal == "TERM" ? 143 : 130, run.ExitCode);
        Assert.Empty(Snapshot().Since(before));
    }

    [Fact]
    public async Task Run_SigtermToAProgramThatDoesNotCatchIt_EndsIt()
    {
        HostSnapshot before = Snapshot();
        using Process run = Start("sh", "-c", "echo started; exec sleep 1000");
        Assert.Equal("started", await run.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Deadline, TestContext.Current.CancellationToken));

        await SignalAsync(run, "TERM");
        await run.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Deadline, TestContext.Current.CancellationToken);

        Assert.InRange(run.ExitCode, 128, 255);
        Assert.Empty(Snapshot().Since(before));
    }

    [Fact]
    public async Task Run_Killed_TakesTheMachineWithItAndTheNextRunSweeps()
    {
        HostSnapshot before = Snapshot();
        using (Process run = Start("sh", "-c", "echo started; exec sleep 1000"))
        {
            Assert.Equal("started", await run.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Deadline, TestContext.Current.CancellationToken));
            run.Kill();
            await run.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Single(Directory.EnumerateDirectories(Path.Combine(Store, "containers")));
        (await RunAsync([], "true")).EnsureSuccess();

        Assert.Empty(Directory.EnumerateDirectories(Path.Combine(Store, "containers")));
        Assert.Empty(Snapshot().Since(before));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string[] CommonOptions => ["--quiet", "--config", Configuration, "--image-store", Store];

    private string Configuration
    {
        get
        {
            string path = Path.Combine(_directory, "configuration.toml");
            return File.Exists(path) ? path : BuildOutput.WriteConfiguration(_directory);
        }
    }

    private static HostSnapshot Snapshot() => HostSnapshot.Take("kata-run-", "run-test-");

    private static async Task SignalAsync(Process process, string signal) =>
        (await Command.RunAsync("kill", [$"-{signal}", $"{process.Id}"], options: null, TestContext.Current.CancellationToken)).EnsureSuccess();

    private Task<CommandResult> RunAsync(string[] options, params string[] program) => RunAsync(options, input: null, program);

    private Task<CommandResult> RunAsync(string[] options, byte[]? input, params string[] program) => Command.RunAsync(
        BuildOutput.Runtime,
        ["run", .. CommonOptions, .. options, BuildOutput.ImageLayout, "--", .. program],
        new CommandOptions { Deadline = Deadline, Input = input },
        TestContext.Current.CancellationToken);

    private Process Start(params string[] program)
    {
        var info = new ProcessStartInfo(BuildOutput.Runtime, ["run", .. CommonOptions, "--name", _name, BuildOutput.ImageLayout, "--", .. program])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(info) ?? throw new InvalidOperationException("kata-runtime did not start");
    }
}
