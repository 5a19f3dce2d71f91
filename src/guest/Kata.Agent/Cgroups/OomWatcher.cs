using Kata.Linux.Cgroups;
using Kata.Primitives;

namespace Kata.Agent.Cgroups;

/// <summary>Tells about each process of a group that is killed for lack of memory, until disposed.</summary>
internal sealed class OomWatcher : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ICgroup _group;
    private readonly Task _watching;

    /// <summary>Begins to watch. A group without memory controller is not watched.</summary>
    /// <param name="group">The group.</param>
    /// <param name="report">Called for each kill; must not block.</param>
    public OomWatcher(ICgroup group, Action report)
    {
        _group = group;
        _watching = WatchAsync(group, report);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The kernel ends the watch of a group that is gone; exceptions through all of it would cost a guest more than the removal of the group.
        if (_group.Exists)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
        }

        await _watching.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task WatchAsync(ICgroup group, Action report)
    {
        try
        {
            using ICgroupOomWatch watch = group.WatchOom();
            while (await watch.WaitAsync(_stop.Token).ConfigureAwait(false))
            {
                report();
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The container is being removed.
        }
        catch (KataException error) when (error.Code == ErrorCode.Unsupported)
        {
            // No memory controller: nothing is ever killed by its group.
        }
    }
}
