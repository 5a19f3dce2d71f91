namespace Kata.Agent.Serving;

/// <summary>The connections of a listener that are being served. Safe for concurrent use.</summary>
internal sealed class ServedConnections
{
    private readonly Lock _gate = new();
    private readonly List<Task> _tasks = [];

    /// <summary>Takes one in; those that ended are dropped.</summary>
    public void Add(Task connection)
    {
        lock (_gate)
        {
            _tasks.RemoveAll(task => task.IsCompletedSuccessfully);
            _tasks.Add(connection);
        }
    }

    /// <summary>Waits for all.</summary>
    public Task WhenAllAsync()
    {
        lock (_gate)
        {
            return Task.WhenAll(_tasks);
        }
    }
}
