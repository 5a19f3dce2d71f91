using System.Diagnostics.CodeAnalysis;
using Kata.Linux.Mounts;
using Kata.Primitives;
using Kata.Protocols.Agent;

namespace Kata.Agent.Containers;

/// <summary>Mounts of other containers of the pod, taken as detached copies so that a container that is being made can have them too.</summary>
internal sealed class SharedMountSources : IDisposable
{
    private readonly Queue<(DetachedMount Tree, string Target)> _taken = new();

    private SharedMountSources()
    {
    }

    /// <summary>Takes the copies, waiting for mounts that the other containers have yet to make. A call that fails leaves nothing.</summary>
    /// <param name="mounts">What is asked for, checked.</param>
    /// <param name="containers">The pod's containers.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KataException">
    /// NotFound: there is no such container. FailedPrecondition: it ended, or took the mount away again. DeadlineExceeded: it did not make the mount.
    /// </exception>
    public static async Task<SharedMountSources> TakeAsync(
        IReadOnlyList<SharedMount> mounts, ContainerTable containers, TimeProvider time, CancellationToken cancellationToken)
    {
        var sources = new SharedMountSources();
        try
        {
            foreach (SharedMount mount in mounts)
            {
                Container owner = Find(mount, containers);
                var lender = new MountLender(owner, SharedMountRequests.Shown(mount), time);
                sources._taken.Enqueue((await lender.LendAsync(mount.SrcPath.TrimEnd('/'), cancellationToken).ConfigureAwait(false), mount.DstPath));
            }

            return sources;
        }
        catch
        {
            sources.Dispose();
            throw;
        }
    }

    /// <summary>Gives away the next copy, in the request's order.</summary>
    /// <param name="tree">The copy, the caller's now.</param>
    /// <param name="target">Where it is to be.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryTake([NotNullWhen(true)] out DetachedMount? tree, out string target)
    {
        bool found = _taken.TryDequeue(out (DetachedMount Tree, string Target) next);
        (tree, target) = next;
        return found;
    }

    /// <summary>Drops the copies that were not given away.</summary>
    public void Dispose()
    {
        while (TryTake(out DetachedMount? tree, out _))
        {
            tree.Dispose();
        }
    }

    // A container that was made anew has its predecessor's name, which may still be there.
    private static Container Find(SharedMount mount, ContainerTable containers)
    {
        Container[] named = [.. containers.All.Where(container => container.Name == mount.SrcCtr || container.Id == mount.SrcCtr)];
        return named.FirstOrDefault(container => container.Status != ContainerStatus.Stopped)
            ?? named.FirstOrDefault()
            ?? throw KataException.NotFound($"{SharedMountRequests.Shown(mount)}: the sandbox has no container '{Printable.Escape(mount.SrcCtr, 64)}'");
    }
}
