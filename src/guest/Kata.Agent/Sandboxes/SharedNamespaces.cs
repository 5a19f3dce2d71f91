using Kata.Agent.Containers;
using Kata.Linux.Namespaces;
using Kata.Linux.Processes;

namespace Kata.Agent.Sandboxes;

/// <summary>The namespaces that the containers of a sandbox share, held open by descriptors. Made on a thread that leaves them afterwards, so none of the agent is in them.</summary>
internal sealed class SharedNamespaces : IDisposable
{
    private NamespaceFd? _pid;

    private SharedNamespaces(NamespaceFd ipc, NamespaceFd uts)
    {
        Ipc = ipc;
        Uts = uts;
    }

    /// <summary>System V IPC and message queues.</summary>
    public NamespaceFd Ipc { get; }

    /// <summary>The host name.</summary>
    public NamespaceFd Uts { get; }

    /// <summary>The pid namespace of the sandbox's first container; null until there was one.</summary>
    public NamespaceFd? Pid => Volatile.Read(ref _pid);

    /// <summary>Makes them.</summary>
    /// <param name="hostname">The host name; empty leaves the guest's.</param>
    /// <param name="threads">On what they are made.</param>
    public static Task<SharedNamespaces> CreateAsync(string hostname, SetupThreads threads) => threads.RunAsync(() => Create(hostname));

    /// <summary>Remembers the pid namespace of the first container; later calls change nothing.</summary>
    public void OfferPid(int pid)
    {
        if (Pid is not null)
        {
            return;
        }

        NamespaceFd offered = NamespaceFd.Open(pid, CloneFlags.NewPid);
        if (Interlocked.CompareExchange(ref _pid, offered, null) is not null)
        {
            offered.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Ipc.Dispose();
        Uts.Dispose();
        Pid?.Dispose();
    }

    private static SharedNamespaces Create(string hostname)
    {
        ThreadNamespaces.Unshare(CloneFlags.NewIpc | CloneFlags.NewUts);
        if (hostname.Length > 0)
        {
            ThreadNamespaces.SetHostname(hostname);
        }

        NamespaceFd ipc = NamespaceFd.Open(0, CloneFlags.NewIpc);
        try
        {
            return new SharedNamespaces(ipc, NamespaceFd.Open(0, CloneFlags.NewUts));
        }
        catch
        {
            ipc.Dispose();
            throw;
        }
    }
}
