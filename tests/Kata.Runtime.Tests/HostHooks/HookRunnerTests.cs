using System.Diagnostics;
using System.Globalization;
using System.Text;
using Kata.Linux.Hosts;
using Kata.Linux.Namespaces;
using Kata.Linux.Processes;
using Kata.Oci.Runtime;
using Kata.Primitives;
using Kata.Runtime.HostHooks;

namespace Kata.Runtime.Tests.HostHooks;

public sealed class HookRunnerTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly string _bundle = Directory.CreateTempSubdirectory("kata-hook-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_bundle, recursive: true);

    [Fact]
    public async Task RunAsync_Program_GetsStateArgumentsEnvironmentAndDirectory()
    {
        await RunAsync("cat > state; echo \"$0 $1\" > arguments; /usr/bin/env > environment", ["called", "first"], ["COLOUR=green"]);

        Assert.Equal("the state", Read("state"));
        Assert.Equal("called first\n", Read("arguments"));
        // What a shell adds by itself stays out of the comparison.
        Assert.Equal(["COLOUR=green"], Read("environment").Split('\n').Where(line => line.Length > 0 && line.Split('=')[0] is not ("PWD" or "SHLVL" or "_" or "OLDPWD")));
    }

    [Fact]
    public async Task RunAsync_Fails_SaysHowAndWhatItPrinted()
    {
        KataException error = await Assert.ThrowsAsync<KataException>(() => RunAsync("echo reason one; echo reason two >&2; exit 3"));

        Assert.Equal("it ended with exit code 3; it printed: reason one | reason two", error.Message);
    }

    [Fact]
    public async Task RunAsync_OurLimitOnDescriptorsIsRaised_HasTheOneFromBefore()
    {
        using (var lower = System.Diagnostics.Process.Start("prlimit", ["--pid", Environment.ProcessId.ToString(CultureInfo.InvariantCulture), "--nofile=1000:"]))
        {
            await lower.WaitForExitAsync(Token);
        }

        OwnDescriptors.RaiseToHardLimit();

        await RunAsync("ulimit -Sn > soft");
        Assert.Equal("1000\n", Read("soft"));
        Assert.NotEqual(1000ul, OwnDescriptors.HardLimit);
    }

    [Fact]
    public async Task RunAsync_NoSuchProgram_NamesIt()
    {
        var runner = new HookRunner(_bundle, networkNamespace: null);

        KataException error = await Assert.ThrowsAnyAsync<KataException>(() => runner.RunAsync(new Hook { Path = "/no/such/hook" }, State, limit: null, Token));

        Assert.Contains("/no/such/hook", error.Message, StringComparison.Ordinal);
        Assert.Contains("no such file", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task RunAsync_TakesTooLong_IsKilledWithItsChildren()
    {
        KataException error = await Assert.ThrowsAsync<KataException>(
            () => RunAsync("sleep 1000 & echo $! > child; echo $$ > self; wait", limit: TimeSpan.FromMilliseconds(500)));

        Assert.Equal(ErrorCode.DeadlineExceeded, error.Code);
        await UntilGoneAsync("self");
        await UntilGoneAsync("child");
    }

    [Fact]
    public async Task RunAsync_Cancelled_IsKilled()
    {
        using var given = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task run = new HookRunner(_bundle, networkNamespace: null).RunAsync(Shell("echo $$ > self; exec sleep 1000", []), State, limit: null, given.Token);
        await UntilAsync(() => File.Exists(Path.Combine(_bundle, "self")) && Read("self").EndsWith('\n'));

        await given.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        await UntilGoneAsync("self");
    }

    [Fact]
    public async Task RunAsync_ReadsNothingAndLeavesAChildWithTheOutput_EndsAtOnce()
    {
        var clock = Stopwatch.StartNew();

        // More than a pipe holds, so that a writer who waits for the reader would hang.
        await new HookRunner(_bundle, networkNamespace: null).RunAsync(
            Shell("sleep 3 & exit 0", []), _ => new byte[1 << 20], limit: TimeSpan.FromSeconds(30), Token);

        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2.5));
    }

    [Fact]
    public async Task RunAsync_MuchOutput_IsReadAndBounded()
    {
        KataException error = await Assert.ThrowsAsync<KataException>(() => RunAsync("yes | head -c 1000000; exit 1"));

        Assert.InRange(error.Message.Length, 1, 4096);
    }

    [Fact]
    public async Task RunAsync_NetworkNamespace_IsTheProgramsAndTheThreads()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "a network namespace needs root");
        using var maker = new LauncherThread("maker");
        string path = await maker.RunAsync(() =>
        {
            ThreadNamespaces.Unshare(CloneFlags.NewNet);
            string thread = new FileInfo("/proc/thread-self").LinkTarget!;
            return $"/proc/{thread}/ns/net";
        });
        var runner = new HookRunner(_bundle, path);

        await runner.RunAsync(
            Shell("read thread; readlink /proc/self/ns/net > own; readlink /proc/$thread/ns/net > threads", []),
            thread => Encoding.ASCII.GetBytes(thread.ToString(CultureInfo.InvariantCulture) + "\n"),
            limit: null,
            Token);

        Assert.Equal(new FileInfo(path).LinkTarget, Read("own").Trim());
        Assert.Equal(Read("own"), Read("threads"));
        Assert.NotEqual(new FileInfo("/proc/self/ns/net").LinkTarget, Read("own").Trim());
    }

    private static byte[] State(int thread) => "the state"u8.ToArray();

    private static Hook Shell(string script, string[] arguments, string[]? environment = null) => new()
    {
        Path = "/bin/sh",
        Args = ["sh", "-c", script, .. arguments],
        Env = ["PATH=/bin:/usr/bin", .. environment ?? []],
    };

    private Task RunAsync(string script, string[]? arguments = null, string[]? environment = null, TimeSpan? limit = null)
    {
        Hook hook = Shell(script, arguments ?? []);
        hook = environment is null ? hook : hook with { Env = environment };
        return new HookRunner(_bundle, networkNamespace: null).RunAsync(hook, State, limit, Token);
    }

    private string Read(string name) => File.ReadAllText(Path.Combine(_bundle, name));

    private Task UntilGoneAsync(string pidFile)
    {
        string stat = $"/proc/{Read(pidFile).Trim()}/stat";

        // A zombie whose parent is init's business is gone as far as we are concerned.
        return UntilAsync(() => !File.Exists(stat) || File.ReadAllText(stat).Contains(") Z ", StringComparison.Ordinal));
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        var clock = Stopwatch.StartNew();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!holds())
        {
            Assert.True(clock.Elapsed < Deadline, "not in time");
            await timer.WaitForNextTickAsync(Token);
        }
    }
}
