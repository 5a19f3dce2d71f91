using Kata.Agent.Sandboxes;
using Kata.Linux;
using Kata.Linux.Namespaces;
using Kata.Linux.Processes;
using Kata.Primitives;
using Kata.Protocols.Oci;

namespace Kata.Agent.Containers;

/// <summary>
/// The namespaces of one container, pinned by descriptors: a process that joins them later gets these, whatever the container's first process did meanwhile
/// and whoever has its process id by then.
/// </summary>
internal sealed class ContainerNamespaces : IDisposable
{
    private readonly List<NamespaceFd> _owned = [];
    private NamespaceFd? _time;

    private ContainerNamespaces()
    {
    }

    /// <summary>System V IPC; null for the guest's.</summary>
    public NamespaceFd? Ipc { get; private set; }

    /// <summary>The host name; null for the guest's.</summary>
    public NamespaceFd? Uts { get; private set; }

    /// <summary>The network; null for the guest's, or until <see cref="NewNetwork"/> was made.</summary>
    public NamespaceFd? Network { get; private set; }

    /// <summary>The user namespace; null for the guest's.</summary>
    public NamespaceFd? User { get; private set; }

    /// <summary>How ids in the container stand for the guest's.</summary>
    public IdMaps Ids { get; private set; } = IdMaps.Identity;

    /// <summary>The pid namespace to join; null for a new one.</summary>
    public NamespaceFd? PidToJoin { get; private set; }

    /// <summary>Whether the container gets a network of its own, with a loopback interface alone.</summary>
    public bool NewNetwork { get; private set; }

    /// <summary>
    /// Whether the first process makes itself a cgroup namespace. All do that join none: one in the guest's could mount the whole hierarchy, and leave its own group.
    /// </summary>
    public bool NewCgroup => Cgroup is null;

    /// <summary>Whether the first process makes itself a time namespace.</summary>
    public bool NewTime { get; private set; }

    /// <summary>The cgroup namespace; null until it was made.</summary>
    public NamespaceFd? Cgroup { get; private set; }

    /// <summary>The mount namespace, once it was made.</summary>
    public NamespaceFd? Mounts { get; private set; }

    /// <summary>The pid namespace; set when the first process exists.</summary>
    public NamespaceFd? Pid { get; private set; }

    /// <summary>What a process enters by setns, in order: mounts last, as the paths of the others are the guest's. The user namespace is apart.</summary>
    public IReadOnlyList<(Fd Namespace, CloneFlags Kind)> ToEnter
    {
        get
        {
            var list = new List<(Fd, CloneFlags)>(6);
            foreach (NamespaceFd? entry in (ReadOnlySpan<NamespaceFd?>)[Ipc, Uts, Network, Cgroup, _time, Mounts])
            {
                if (entry is not null)
                {
                    list.Add((entry.Handle, entry.Kind));
                }
            }

            return list;
        }
    }

    /// <summary>Opens and makes what the first process will join. A call that fails leaves nothing.</summary>
    /// <exception cref="KataException">InvalidArgument: a path is no namespace of its kind. FailedPrecondition: there is no pid namespace to share yet.</exception>
    public static async Task<ContainerNamespaces> OpenAsync(Spec spec, bool sharedPid, SharedNamespaces shared, ChildReaper reaper)
    {
        var namespaces = new ContainerNamespaces();
        try
        {
            if (sharedPid)
            {
                namespaces.PidToJoin = shared.Pid
                    ?? throw new KataException(ErrorCode.FailedPrecondition, "a shared pid namespace was asked for before any container had one");
            }

            foreach (LinuxNamespace entry in spec.Linux.Namespaces)
            {
                if (entry.Path.Length > 0)
                {
                    namespaces.Join(entry);
                }
                else
                {
                    namespaces.Make(entry.Type, shared);
                }
            }

            await namespaces.MapIdsAsync(spec, reaper).ConfigureAwait(false);
            return namespaces;
        }
        catch
        {
            namespaces.Dispose();
            throw;
        }
    }

    /// <summary>Takes over the mount namespace and the network that were made for the container.</summary>
    public void Adopt(NamespaceFd mounts, NamespaceFd? network)
    {
        Mounts = Own(mounts);
        Network = network is null ? Network : Own(network);
    }

    /// <summary>Takes hold of the first process's pid namespace.</summary>
    public void PinPid(int pid) => Pid ??= Own(NamespaceFd.Open(pid, CloneFlags.NewPid));

    /// <summary>Takes hold of those that the first process made for itself, while it waits at its gate.</summary>
    public void Pin(int pid)
    {
        PinPid(pid);
        Cgroup ??= Own(NamespaceFd.Open(pid, CloneFlags.NewCgroup));

        if (NewTime)
        {
            _time = Own(NamespaceFd.Open(pid, CloneFlags.NewTime));
        }

        if (User is not null)
        {
            Mounts = Own(NamespaceFd.Open(pid, CloneFlags.NewNs));
        }
    }

    /// <summary>Lets go of those that are the container's own; others are the sandbox's.</summary>
    public void Dispose()
    {
        foreach (NamespaceFd entry in _owned)
        {
            entry.Dispose();
        }
    }

    private static NamespaceFd Open(LinuxNamespace entry, CloneFlags kind)
    {
        try
        {
            return NamespaceFd.Open(entry.Path, kind);
        }
        catch (LinuxException error)
        {
            throw KataException.Invalid($"{entry.Type} namespace {Printable.Escape(entry.Path, 256)}: {LinuxException.Explain(error.Errno)}", error);
        }
    }

    private void Make(string type, SharedNamespaces shared)
    {
        switch (type)
        {
            case "ipc":
                Ipc = shared.Ipc;
                break;
            case "uts":
                Uts = shared.Uts;
                break;
            case "network":
                NewNetwork = true;
                break;
            case "time":
                NewTime = true;
                break;
            default:
                break; // mount, pid and cgroup are always new; user comes with its maps
        }
    }

    private void Join(LinuxNamespace entry)
    {
        switch (entry.Type)
        {
            case "ipc":
                Ipc = Own(Open(entry, CloneFlags.NewIpc));
                break;
            case "uts":
                Uts = Own(Open(entry, CloneFlags.NewUts));
                break;
            case "network":
                Network = Own(Open(entry, CloneFlags.NewNet));
                break;
            case "cgroup":
                Cgroup = Own(Open(entry, CloneFlags.NewCgroup));
                break;
            case "time":
                _time = Own(Open(entry, CloneFlags.NewTime));
                break;
            case "user":
                User = Own(Open(entry, CloneFlags.NewUser));
                RefuseAgents(User, entry);
                break;
            case "pid":
                PidToJoin = Own(Open(entry, CloneFlags.NewPid));
                RefuseAgents(PidToJoin, entry);
                break;
            default:
                throw KataException.Invalid($"a container in the guest cannot join the {entry.Type} namespace {Printable.Escape(entry.Path, 256)}: leave the path out");
        }
    }

    // Whoever shares the agent's pid namespace may trace and signal it.
    private static void RefuseAgents(NamespaceFd joined, LinuxNamespace entry)
    {
        using NamespaceFd own = NamespaceFd.Open(0, joined.Kind);
        if (joined.IsSameAs(own))
        {
            throw KataException.Invalid($"the {entry.Type} namespace {Printable.Escape(entry.Path, 256)} is the agent's own, which no container joins");
        }
    }

    private async Task MapIdsAsync(Spec spec, ChildReaper reaper)
    {
        bool wanted = User is not null;
        foreach (LinuxNamespace entry in spec.Linux.Namespaces)
        {
            wanted |= entry.Type == "user";
        }

        if (!wanted)
        {
            return;
        }

        Ids = IdMaps.Read(spec.Linux.UIDMappings, spec.Linux.GIDMappings, "a user namespace");
        User ??= Own(await UserNamespaces.CreateAsync(reaper, Ids).ConfigureAwait(false));
    }

    private NamespaceFd Own(NamespaceFd entry)
    {
        _owned.Add(entry);
        return entry;
    }
}
