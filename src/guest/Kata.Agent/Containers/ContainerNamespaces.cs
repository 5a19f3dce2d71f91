using Kata.Linux;
using Kata.Linux.Namespaces;
using Kata.Linux.Processes;

namespace Kata.Agent.Containers;

/// <summary>The namespaces of one container, pinned: a process that joins them later gets these, whatever the container's first process did meanwhile.</summary>
internal sealed class ContainerNamespaces(NamespaceFd mounts, NamespaceFd? ipc, NamespaceFd? uts) : IDisposable
{
    /// <summary>The pid namespace; set when the first process exists.</summary>
    public NamespaceFd? Pid { get; set; }

    /// <summary>What a process enters by setns, in order: mounts last, as the paths of the others are the guest's.</summary>
    public IReadOnlyList<(Fd Namespace, CloneFlags Kind)> ToEnter
    {
        get
        {
            var list = new List<(Fd, CloneFlags)>(3);
            if (ipc is not null)
            {
                list.Add((ipc.Handle, CloneFlags.NewIpc));
            }

            if (uts is not null)
            {
                list.Add((uts.Handle, CloneFlags.NewUts));
            }

            list.Add((mounts.Handle, CloneFlags.NewNs));
            return list;
        }
    }

    /// <summary>Lets go of those that are the container's own; ipc and uts are the sandbox's.</summary>
    public void Dispose()
    {
        mounts.Dispose();
        Pid?.Dispose();
    }
}
