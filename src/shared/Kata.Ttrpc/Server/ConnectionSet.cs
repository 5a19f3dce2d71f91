namespace Kata.Ttrpc.Server;

/// <summary>The connections a listener serves at the moment, no more than so many.</summary>
internal sealed class ConnectionSet(int limit)
{
    private readonly Lock _gate = new();
    private readonly HashSet<Task> _serving = [];
    private TaskCompletionSource? _room;

    public Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_serving.Count < limit)
            {
                return Task.CompletedTask;
            }

            _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task.WaitAsync(cancellationToken);
        }
    }

    public void Add(Task serving)
    {
        lock (_gate)
        {
            _serving.Add(serving);
        }

        _ = RemoveWhenDoneAsync(serving);
    }

    public Task WhenAllAsync()
    {
        lock (_gate)
        {
            return Task.WhenAll(_serving);
        }
    }

    private async Task RemoveWhenDoneAsync(Task serving)
    {
        // Its failure is the business of whoever awaits the set.
        await serving.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            _serving.Remove(serving);
            _room?.TrySetResult();
        }
    }
}
