using System.Diagnostics;
using Kata.Linux.Processes;

namespace Kata.Linux.Tests.Processes;

/// <summary>
/// Thousands of launches while other threads allocate and collect: a child that ran into the garbage collector would hang, and this test with it.
/// </summary>
[Collection(AloneDefinition.Name)]
public sealed class LauncherStressTests
{
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(120);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, 1500)]
    [InlineData(false, 500)]
    public async Task Start_UnderGarbageCollection_NoLaunchFailsOrHangs(bool share, int launches)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        int collections = GC.CollectionCount(0);
        Thread[] load = [.. Enumerable.Range(0, 3).Select(_ => new Thread(() => Allocate(stop.Token)))];
        Array.ForEach(load, thread => thread.Start());
        double[] latencies = new double[launches];
        using var program = new ProcessProgram();
        program.SetSession().Execute("/bin/true", ["true"], []);
        int next = -1;

        async Task LaunchAsync()
        {
            for (int i; (i = Interlocked.Increment(ref next)) < launches;)
            {
                long start = Stopwatch.GetTimestamp();
                using LaunchedProcess process = ProcessLauncher.Start(program, new LaunchOptions { ShareMemory = share });
                await process.Executed;
                latencies[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
                Assert.Equal(0, (await process.WaitAsync(Cancel)).WaitStatus);
            }
        }

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(LaunchAsync, Cancel))).WaitAsync(Budget, Cancel);
        await stop.CancelAsync();
        Array.ForEach(load, thread => thread.Join());

        Array.Sort(latencies);
        TestContext.Current.SendDiagnosticMessage(
            $"share={share}: {launches} launches, {GC.CollectionCount(0) - collections} collections, median {latencies[launches / 2]:F0} us, "
            + $"p95 {latencies[launches * 95 / 100]:F0} us, worst {latencies[^1]:F0} us");
        Assert.True(GC.CollectionCount(0) - collections > 10, "there was hardly any collection: the test shows nothing");
    }

    private static void Allocate(CancellationToken stop)
    {
        object[] kept = new object[1000];
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            kept[i % kept.Length] = new byte[200 + (i % 3000)];
            if (i % 20_000 == 0)
            {
                GC.Collect(i / 20_000 % 3);
            }
        }
    }
}
