using Kata.Linux.Processes;
using Kata.Primitives;

namespace Kata.Linux.Tests.Processes;

public sealed class LauncherThreadTests
{
    private static TimeSpan Deadline => TimeSpan.FromSeconds(20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task RunAsync_Functions_RunInOrderOnOneThread()
    {
        using var thread = new LauncherThread("test");

        Task<int>[] ids = [.. Enumerable.Range(0, 5).Select(_ => thread.RunAsync(() => Environment.CurrentManagedThreadId))];

        Assert.Single((await Task.WhenAll(ids).WaitAsync(Deadline, Cancel)).Distinct());
    }

    [Fact]
    public async Task RunAsync_FunctionThrows_TaskFaultsAndThreadGoesOn()
    {
        using var thread = new LauncherThread("test");

        await Assert.ThrowsAsync<InvalidDataException>(() => thread.RunAsync(() => throw new InvalidDataException()).WaitAsync(Deadline, Cancel));

        Assert.Equal(7, await thread.RunAsync(() => 7).WaitAsync(Deadline, Cancel));
    }

    [Fact]
    public async Task Dispose_WithWorkQueued_RunsItAndRefusesMore()
    {
        var thread = new LauncherThread("test");
        using var started = new ManualResetEventSlim();
        Task<int> queued = thread.RunAsync(() =>
        {
            started.Wait(Cancel);
            return 1;
        });
        Task<int> behind = thread.RunAsync(() => 2);

        thread.Dispose();
        KataException error = Assert.Throws<KataException>(() => { _ = thread.RunAsync(() => 3); });
        started.Set();

        Assert.Equal(ErrorCode.FailedPrecondition, error.Code);
        Assert.Equal(1, await queued.WaitAsync(Deadline, Cancel));
        Assert.Equal(2, await behind.WaitAsync(Deadline, Cancel));
        await thread.Ended.WaitAsync(Deadline, Cancel);
    }

    [Fact]
    public async Task ParentDeathSignal_ThreadEnds_ProcessIsKilled()
    {
        var thread = new LauncherThread("test");
        using var program = new ProcessProgram();
        program.ParentDeathSignal(9).Execute("/bin/sleep", ["sleep", "1000"], []);
        using LaunchedProcess process = await thread.RunAsync(() => ProcessLauncher.Start(program, new LaunchOptions { ShareMemory = true }))
            .WaitAsync(Deadline, Cancel);
        await process.Executed.WaitAsync(Deadline, Cancel);

        thread.Dispose();

        Assert.Equal(9, (await process.WaitAsync(Cancel).WaitAsync(Deadline, Cancel)).Signal);
    }

    [Fact]
    public async Task RunAsync_ThreadWithANamespaceOfItsOwn_LeavesOthersAlone()
    {
        using var thread = new LauncherThread("test");
        string outside = NamespaceOf("/proc/self");
        await thread.RunAsync(() => Assert.Equal(0, Unshare())).WaitAsync(Deadline, Cancel);

        string inside = await thread.RunAsync(() => NamespaceOf("/proc/thread-self")).WaitAsync(Deadline, Cancel);
        string[] elsewhere = await Task.WhenAll(Enumerable.Range(0, 50).Select(
            _ => thread.RunAsync(() => 0).ContinueWith(_ => NamespaceOf("/proc/thread-self"), TaskScheduler.Default)));

        Assert.NotEqual(outside, inside);
        Assert.All(elsewhere, found => Assert.Equal(outside, found));
    }

    private static string NamespaceOf(string process) => File.ResolveLinkTarget($"{process}/ns/mnt", returnFinalTarget: false)!.Name;

    private static int Unshare() => NativeMethods.Unshare((int)(CloneFlags.NewNs | CloneFlags.OwnFileSystemInfo));
}
