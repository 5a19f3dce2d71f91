using System.Collections.Concurrent;
using Kata.Primitives;
using Kata.Runtime.Containers;

namespace Kata.Shim.Tasks;

/// <summary>A container as containerd sees it.</summary>
/// <param name="container">The container in the guest.</param>
/// <param name="init">Its first process.</param>
/// <param name="pid">The process that stands for it on the host: the VMM.</param>
/// <param name="ownsSandbox">Whether the sandbox ends with it.</param>
internal sealed class ShimTask(Container container, ShimProcess init, int pid, bool ownsSandbox)
{
    private readonly ConcurrentDictionary<string, ShimProcess> _execs = new(StringComparer.Ordinal);

    /// <summary>Names it.</summary>
    public string Id => container.Id;

    /// <summary>The container.</summary>
    public Container Container => container;

    /// <summary>Its first process.</summary>
    public ShimProcess Init => init;

    /// <summary>The process that stands for it on the host: the VMM.</summary>
    public uint Pid => (uint)pid;

    /// <summary>Whether the sandbox ends with this container.</summary>
    public bool OwnsSandbox => ownsSandbox;

    /// <summary>One deletion at a time.</summary>
    public SemaphoreSlim DeleteGate { get; } = new(1, 1);

    private IEnumerable<ShimProcess> Processes => [init, .. _execs.Values];

    /// <summary>Adds a process.</summary>
    public void Add(ShimProcess process) => _execs[process.Guest.ExecId] = process;

    /// <summary>Finds a process.</summary>
    /// <param name="execId">Empty for the first process.</param>
    /// <exception cref="KataException">NotFound.</exception>
    public ShimProcess Find(string execId) =>
        execId.Length == 0 ? init
        : _execs.TryGetValue(execId, out ShimProcess? process) ? process
        : throw KataException.NotFound($"process {Printable.Escape(execId, Identifiers.MaxLength)} of container {Id} not found");

    /// <summary>Forgets a process.</summary>
    public void Remove(ShimProcess process)
    {
        _execs.TryRemove(process.Guest.ExecId, out _);
        container.Forget(process.Guest);
    }

    /// <summary>Completes when the output of its processes that have ended is fetched from the guest. Never faults.</summary>
    public Task FetchedAsync() => Task.WhenAll(Processes.Select(process => process.FetchedAsync()));

    /// <summary>Gives readers of the output of its processes that have ended a last chance.</summary>
    public Task DrainFinallyAsync() => Task.WhenAll(Processes.Select(process => process.DrainFinallyAsync()));

    /// <summary>Closes the streams of all processes.</summary>
    public async ValueTask CloseStreamsAsync()
    {
        foreach (ShimProcess process in Processes)
        {
            await process.DisposeAsync().ConfigureAwait(false);
        }
    }
}
