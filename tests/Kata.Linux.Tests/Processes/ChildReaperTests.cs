using System.Collections.Concurrent;
using Kata.Linux.Processes;

namespace Kata.Linux.Tests.Processes;

/// <summary>
/// The reaper takes every child of its process, so it is tried in one of its own: this test program, started again as the first process of a pid namespace.
/// </summary>
public sealed class ChildReaperTests
{
    private const string Marker = "KATA_TEST_REAPER";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Launch_ManyShortProcessesAndOrphans_EveryStatusArrives()
    {
        if (Environment.GetEnvironmentVariable(Marker) is not null)
        {
            await ReapAsync();
            return;
        }

        // As pid 1, so that orphans are left to it. The runtime needs its /proc to match.
        string self = Environment.ProcessPath!;
        string name = $"{typeof(ChildReaperTests).FullName}.{nameof(Launch_ManyShortProcessesAndOrphans_EveryStatusArrives)}";
        string output = await ProgramOutput.RunAsync(
            program => program
                .Mount(null, "/", null, 0x4000 | 0x40000) // private, all the way down
                .Mount("proc", "/proc", "proc", 0)
                .Execute(self, [self, "--filter-method", name], [.. Inherited(), $"{Marker}=1"]),
            Cancel,
            new LaunchOptions { Namespaces = CloneFlags.NewPid | CloneFlags.NewNs });

        Assert.Contains("succeeded: 1", output, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Inherited() =>
        Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>().Select(entry => $"{entry.Key}={entry.Value}");

    private static async Task ReapAsync()
    {
        Assert.Equal(1, Environment.ProcessId);
        var orphans = new ConcurrentBag<ExitStatus>();
        using var twoOrphans = new SemaphoreSlim(0);
        using var reaper = new ChildReaper((_, status) =>
        {
            orphans.Add(status);
            twoOrphans.Release();
        });

        async Task OneAsync(int code)
        {
            using var program = new ProcessProgram();
            program.Execute("/bin/sh", ["sh", "-c", $"exit {code}"], []);
            (LaunchedProcess process, Task<ExitStatus> exit) = reaper.Launch(program, new LaunchOptions());
            using (process)
            {
                Assert.Equal(code, (await exit.WaitAsync(TimeSpan.FromSeconds(30), Cancel)).ExitCode);
            }
        }

        // One after the other: the reaper meets "no children" in between. Then many at once, some from several threads.
        for (int i = 0; i < 20; i++)
        {
            await OneAsync(i);
        }

        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => Task.Run(() => OneAsync(i % 256), Cancel)));

        using var parent = new ProcessProgram();
        parent.Execute("/bin/sh", ["sh", "-c", "(sleep 0.2; exit 9) & (sleep 0.1; kill -9 $(exec sh -c 'echo $PPID')) & exit 4"], ["PATH=/usr/bin:/bin"]);
        (LaunchedProcess launched, Task<ExitStatus> parentExit) = reaper.Launch(parent, new LaunchOptions());
        Assert.Equal(4, (await parentExit.WaitAsync(TimeSpan.FromSeconds(30), Cancel)).ExitCode);
        launched.Dispose();
        Assert.True(await twoOrphans.WaitAsync(TimeSpan.FromSeconds(30), Cancel));
        Assert.True(await twoOrphans.WaitAsync(TimeSpan.FromSeconds(30), Cancel));

        Assert.Equal([9, 137], orphans.Select(status => status.ShellCode).Order());
    }
}
