using System.Collections.Concurrent;
using Kata.Primitives;

namespace Kata.Shim.Tasks;

/// <summary>The tasks of this shim. An id is taken from the moment its creation begins.</summary>
internal sealed class TaskTable
{
    private readonly ConcurrentDictionary<string, ShimTask?> _tasks = new(StringComparer.Ordinal);

    /// <summary>Whether no task exists or is being made.</summary>
    public bool IsEmpty => _tasks.IsEmpty;

    /// <summary>The tasks that are made; one that is made or removed meanwhile may be among them or not.</summary>
    public IEnumerable<ShimTask> All => _tasks.Values.OfType<ShimTask>();

    /// <summary>Takes an id.</summary>
    /// <exception cref="KataException">AlreadyExists.</exception>
    public void Reserve(string id)
    {
        if (!_tasks.TryAdd(id, null))
        {
            throw new KataException(ErrorCode.AlreadyExists, $"task {id} exists already");
        }
    }

    /// <summary>Puts the task under its reserved id.</summary>
    public void Put(ShimTask task) => _tasks[task.Id] = task;

    /// <summary>Frees an id.</summary>
    public void Remove(string id) => _tasks.TryRemove(id, out _);

    /// <summary>Finds a task; null when there is none or it is not made yet.</summary>
    public ShimTask? TryFind(string id) => _tasks.GetValueOrDefault(id);

    /// <summary>Finds a task.</summary>
    /// <exception cref="KataException">NotFound: no such task, or not made yet.</exception>
    public ShimTask Find(string id) => TryFind(id)
        ?? throw KataException.NotFound($"task {Printable.Escape(id, Identifiers.MaxLength)} not found");
}
