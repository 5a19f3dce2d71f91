using System.Collections.Concurrent;
using Kata.Linux.Hosts;
using Kata.Oci.Runtime;
using Kata.Primitives;
using Kata.Runtime.Containers;
using Kata.Runtime.Sandboxes;
using Kata.Shim.Stdio;
using Microsoft.Extensions.Logging;
using Proto = Kata.Protocols.Task;

namespace Kata.Shim.Tasks;

/// <summary>Makes, starts, watches and removes tasks and their processes, and announces each step in order.</summary>
/// <param name="creator">Makes tasks.</param>
/// <param name="events">Announces steps.</param>
/// <param name="shutdown">Called when containerd is done with this shim.</param>
/// <param name="logger">The log.</param>
internal sealed partial class TaskLifecycle(TaskCreator creator, TaskEvents events, Action shutdown, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan Started = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BetweenReports = TimeSpan.FromMilliseconds(200);

    private readonly TaskTable _table = new();
    private readonly ConcurrentDictionary<Task, byte> _watchers = new();
    private readonly CancellationTokenSource _ending = new();
    private int _activity;
    private volatile bool _shutdownWanted;

    /// <summary>
    /// Ends the shim unless a task exists: containerd asks after every container of a pod, and means it after the last one. While a task is being made, the
    /// wish is kept: if that fails, nobody will ask again.
    /// </summary>
    public void RequestShutdown()
    {
        _shutdownWanted = true;
        if (_table.IsEmpty)
        {
            shutdown();
        }
    }

    /// <summary>Finds a task.</summary>
    public ShimTask Find(string id) => _table.Find(id);

    /// <summary>Finds a task; null when there is none.</summary>
    public ShimTask? TryFind(string id) => _table.TryFind(id);

    /// <summary>Freezes a task.</summary>
    public async Task PauseAsync(ShimTask task, CancellationToken cancellationToken)
    {
        await task.Container.PauseAsync(cancellationToken).ConfigureAwait(false);
        events.Paused(task.Id);
    }

    /// <summary>Thaws a task.</summary>
    public async Task ResumeAsync(ShimTask task, CancellationToken cancellationToken)
    {
        await task.Container.ResumeAsync(cancellationToken).ConfigureAwait(false);
        events.Resumed(task.Id);
    }

    /// <summary>Makes a task.</summary>
    public async Task<ShimTask> CreateAsync(Proto.CreateTaskRequest request, CancellationToken cancellationToken)
    {
        Identifiers.Require(request.Id, "task id");
        _table.Reserve(request.Id);
        try
        {
            ShimTask task = await creator.CreateAsync(request, cancellationToken).ConfigureAwait(false);
            _table.Put(task);
            _shutdownWanted = false;
            events.Created(request, task);
            Keep(WatchAsync(task, task.Init));
            if (task.OwnsSandbox && creator.Sandbox is { } sandbox)
            {
                Keep(WatchMemoryAsync(sandbox));
            }

            return task;
        }
        catch
        {
            _table.Remove(request.Id);
            if (_shutdownWanted)
            {
                RequestShutdown();
            }

            throw;
        }
    }

    /// <summary>Runs a process's program.</summary>
    public async Task StartAsync(ShimTask task, ShimProcess process, CancellationToken cancellationToken)
    {
        await process.Gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await process.StartAsync(cancellationToken).ConfigureAwait(false);
            events.Started(task, process);
        }
        finally
        {
            process.Gate.Release();
        }

        Keep(process == task.Init ? SlimAfterStartAsync() : SlimAsync());
    }

    /// <summary>Adds a process.</summary>
    public async Task ExecAsync(ShimTask task, string execId, Process process, StdioPaths paths, CancellationToken cancellationToken)
    {
        GuestProcess guest = await task.Container.ExecAsync(execId, process, cancellationToken).ConfigureAwait(false);
        ShimProcess added;
        try
        {
            added = new ShimProcess(guest, paths, new ProcessStdio(paths, logger));
        }
        catch
        {
            task.Container.Forget(guest);
            throw;
        }

        task.Add(added);
        events.ExecAdded(task, execId);
        Keep(WatchAsync(task, added));
    }

    /// <summary>Removes a task that has ended or was never started, and with the owner its sandbox.</summary>
    public async Task<ProcessExit> DeleteAsync(ShimTask task)
    {
        await task.DeleteGate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (task.Init.Started)
            {
                task.Init.RequireEnd($"container {task.Id}");
            }

            // What is still in the guest goes with it.
            await Task.WhenAll(EndingWith(task).Select(ending => ending.DrainFinallyAsync())).ConfigureAwait(false);
            await (task.OwnsSandbox ? creator.CloseSandboxAsync() : task.Container.DeleteAsync(CancellationToken.None)).ConfigureAwait(false);
            ProcessExit exit = await task.Init.Exit.ConfigureAwait(false);
            await task.CloseStreamsAsync().ConfigureAwait(false);
            _table.Remove(task.Id);
            events.Deleted(task, exit);
            return exit;
        }
        finally
        {
            task.DeleteGate.Release();
        }
    }

    /// <summary>Removes an added process that has ended or was never started.</summary>
    public static async Task<ProcessExit> DeleteExecAsync(ShimTask task, ShimProcess process)
    {
        ProcessExit exit = process.Started
            ? process.RequireEnd($"process {process.Guest.ExecId}")
            : process.End ?? new ProcessExit(ProcessExit.Unknown, TimeProvider.System.GetUtcNow());
        await process.DisposeAsync().ConfigureAwait(false);
        task.Remove(process);
        return exit;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await creator.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_watchers.Keys).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }

    private async Task WatchAsync(ShimTask task, ShimProcess process)
    {
        ProcessExit exit = await process.WaitAsync().WaitAsync(_ending.Token).ConfigureAwait(false);
        await process.Gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        process.Report(exit);
        events.Exited(task, process, exit);
        process.Gate.Release();
        LogExited(logger, task.Id, process.Guest.ExecId, exit.Status);
        Keep(SlimAsync());
        if (task.OwnsSandbox && process == task.Init)
        {
            await CloseSandboxOfAsync(task).ConfigureAwait(false);
        }
    }

    private IEnumerable<ShimTask> EndingWith(ShimTask task) => task.OwnsSandbox ? _table.All : [task];

    // Readers slower than the end of the process still get what is in the guest. Whoever deletes the task does not wait for them without end.
    private async Task CloseSandboxOfAsync(ShimTask task)
    {
        await Task.WhenAll(EndingWith(task).Select(ending => ending.FetchedAsync())).WaitAsync(_ending.Token).ConfigureAwait(false);
        await task.DeleteGate.WaitAsync(_ending.Token).ConfigureAwait(false);
        try
        {
            if (_table.TryFind(task.Id) == task)
            {
                await creator.CloseSandboxAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            task.DeleteGate.Release();
        }
    }

    private async Task WatchMemoryAsync(Sandbox sandbox)
    {
        while (await sandbox.WaitOutOfMemoryAsync(_ending.Token).ConfigureAwait(false) is { } id)
        {
            // The guest names the container; only names we know go further.
            if (sandbox.Containers.ContainsKey(id))
            {
                events.OutOfMemory(id);
            }

            // The agent keeps what comes meanwhile. One that reports without end must not keep us and containerd busy.
            await Task.Delay(BetweenReports, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Most of what a container's start runs never runs again. Its code goes at once, which is cheap; the heap is left until nothing more comes.
    private async Task SlimAfterStartAsync()
    {
        await Task.Delay(Started, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!_ending.IsCancellationRequested)
        {
            OwnMemory.ReleaseCleanFilePages();
            await SlimAsync().ConfigureAwait(false);
        }
    }

    // After a start or an end the shim mostly waits: what that has touched and allocated is given back, once nothing more has come for a while.
    private async Task SlimAsync()
    {
        int activity = Interlocked.Increment(ref _activity);
        await Task.Delay(Settled, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_ending.IsCancellationRequested || activity != Volatile.Read(ref _activity))
        {
            return;
        }

#pragma warning disable RS0030 // A shim may now wait for weeks without allocating enough for the collector to decide anything.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
#pragma warning restore RS0030
        OwnMemory.ReleaseCleanFilePages();
    }

    private void Keep(Task watcher)
    {
        _watchers[watcher] = 0;
        _ = watcher.ContinueWith(
            done =>
            {
                _watchers.TryRemove(done, out _);
                if (done.Exception?.InnerException is { } error)
                {
                    LogWatchFailed(logger, error.Message);
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    [LoggerMessage(EventId = 630, Level = LogLevel.Debug, Message = "process {Exec} of container {Container} exited with status {Status}")]
    private static partial void LogExited(ILogger logger, string container, string exec, int status);

    [LoggerMessage(EventId = 631, Level = LogLevel.Error, Message = "watching a task failed: {Reason}")]
    private static partial void LogWatchFailed(ILogger logger, string reason);
}
