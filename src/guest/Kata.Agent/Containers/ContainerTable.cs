using System.Collections.Concurrent;
using Kata.Primitives;

namespace Kata.Agent.Containers;

/// <summary>All containers of the sandbox by id. Safe for concurrent use.</summary>
internal sealed class ContainerTable
{
    private const int MaxContainers = 1024;

    // Null marks an id whose container is being made.
    private readonly ConcurrentDictionary<string, Container?> _containers = new();

    /// <summary>The containers there are.</summary>
    public IReadOnlyList<Container> All
    {
        get
        {
            var list = new List<Container>();
            foreach ((_, Container? container) in _containers)
            {
                if (container is not null)
                {
                    list.Add(container);
                }
            }

            return list;
        }
    }

    /// <summary>Takes an id for a container that is about to be made.</summary>
    /// <exception cref="KataException">AlreadyExists: the id is taken. ResourceExhausted: too many containers.</exception>
    public void Reserve(string id)
    {
        if (_containers.Count >= MaxContainers)
        {
            throw new KataException(ErrorCode.ResourceExhausted, $"the sandbox has {MaxContainers} containers already");
        }

        if (!_containers.TryAdd(id, null))
        {
            throw new KataException(ErrorCode.AlreadyExists, $"container {id} already exists");
        }
    }

    /// <summary>Gives a reserved id its container.</summary>
    public void Settle(Container container) => _containers[container.Id] = container;

    /// <summary>Frees an id whose container could not be made.</summary>
    public void Release(string id) => _containers.TryRemove(new KeyValuePair<string, Container?>(id, null));

    /// <summary>Frees the id of a container that is gone. Nothing happens if the id has another one by now: two callers may have removed the same container.</summary>
    public void Remove(Container container) => _containers.TryRemove(new KeyValuePair<string, Container?>(container.Id, container));

    /// <summary>The container of an id.</summary>
    /// <exception cref="KataException">InvalidArgument: not an id. NotFound: no such container. FailedPrecondition: it is still being made.</exception>
    public Container Require(string id)
    {
        Identifiers.Require(id, "container id");
        return _containers.TryGetValue(id, out Container? container)
            ? container ?? throw new KataException(ErrorCode.FailedPrecondition, $"container {id} is still being created")
            : throw KataException.NotFound($"container {id} does not exist");
    }
}
