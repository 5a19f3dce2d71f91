using System.Text;
using Kata.Agent.Containers;
using Kata.Agent.Processes;
using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Namespaces;
using Kata.Linux.Paths;
using Kata.Linux.Processes;
using Kata.Linux.Sockets;
using Kata.Primitives;
using Kata.Protocols.Oci;

namespace Kata.Agent.Rootfs;

/// <summary>
/// Makes a container's root file system on a thread of its own: a new mount namespace, all mounts, devices and protections. What is left is the first
/// process's part, pivot_root included. Nothing it does is visible outside that namespace, so a failure leaves nothing to undo; the thread leaves it in
/// either case.
/// </summary>
internal sealed class RootfsBuilder(RootfsPlan plan)
{
    // Where the root file system is mounted until it becomes the root: the agent's own directory, which no container sees.
    private const string Place = Storage.GuestPaths.Root;

    private readonly Spec _spec = plan.Spec;

    /// <summary>Does it.</summary>
    /// <exception cref="KataException">What is wrong with the spec or the image.</exception>
    /// <param name="threads">On what it is done.</param>
    public Task<PreparedRootfs> BuildAsync(SetupThreads threads) => threads.RunAsync(Build);

    private static TerminalPair OpenTerminalPair(ConfinedDirectory root, Box? size)
    {
        TerminalPair terminal = TerminalPair.Open(root, size);
        try
        {
            // Programs that look for the console find the terminal, as under runc.
            using Fd place = root.CreateFile("/dev/console");
            Linux.Mounts.Mount.Bind(terminal.Slave, place);
            return terminal;
        }
        catch
        {
            terminal.Dispose();
            throw;
        }
    }

    private PreparedRootfs Build()
    {
        using MountSources sources = MountSources.Open(_spec, plan.Mounts, plan.IdMaps, plan.Spreading);
        plan.Base.EnterCopy();
        CreationMask.Set(0); // the thread's own by now
        NamespaceFd? network = EnterNamespaces(); // message queue mounts, sysfs and sysctls are those of the thread's namespaces
        ConfinedDirectory? root = null;
        InitMounts? forInit = null;
        TerminalPair? terminal = null;
        try
        {
            Linux.Mounts.Mount.SetPropagation("/", MountFlags.Slave | MountFlags.Recursive);
            root = AttachRoot(sources);
            forInit = new InitMounts { Root = root.Handle };
            Mount(root, sources, forInit);
            WriteSysctls();
            ProcessDetails details = ProcessDetails.Resolve(root, _spec.Process, plan.User, createDirectory: true);
            terminal = _spec.Process.Terminal ? OpenTerminalPair(root, _spec.Process.ConsoleSize) : null;
            PathProtection.Apply(root, _spec.Linux.MaskedPaths, _spec.Linux.ReadonlyPaths, forInit);
            Finish(root, forInit);
            return new PreparedRootfs(NamespaceFd.Open(0, CloneFlags.NewNs), network, root, forInit, details, terminal);
        }
        catch
        {
            terminal?.Dispose();
            forInit?.Dispose();
            root?.Dispose();
            network?.Dispose();
            throw;
        }
    }

    private static ConfinedDirectory AttachRoot(MountSources sources)
    {
        using DetachedMount tree = sources.TakeRoot();
        using Fd place = Fd.Open(Place, OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
        tree.AttachTo(place);
        return new ConfinedDirectory(tree.Root.Duplicate());
    }

    private NamespaceFd? EnterNamespaces()
    {
        ContainerNamespaces namespaces = plan.Namespaces;
        namespaces.Ipc?.Enter();
        namespaces.Uts?.Enter();
        namespaces.Network?.Enter();
        if (!namespaces.NewNetwork)
        {
            return null;
        }

        ThreadNamespaces.Unshare(CloneFlags.NewNet);
        LoopbackInterface.BringUp();
        return NamespaceFd.Open(0, CloneFlags.NewNet);
    }

    private void Mount(ConfinedDirectory root, MountSources sources, InitMounts forInit)
    {
        var mounter = new RootfsMounter(root, sources, plan.Cgroups, plan.Namespaces.Ids, forInit, _spec.Linux.MountLabel);
        foreach (PlannedMount mount in plan.Mounts)
        {
            mounter.Apply(mount);
        }

        while (plan.Shared.TryTake(out DetachedMount? tree, out string target))
        {
            mounter.Attach(tree, target);
        }

        if (!mounter.DevIsForeign)
        {
            DeviceNodes.Create(root, _spec.Linux.Devices, plan.Namespaces.Ids);
        }

        if (mounter.DevBecomesReadOnly)
        {
            forInit.BecomeReadOnly.Add(root.Open("/dev", OpenFlags.Path));
        }
    }

    private void WriteSysctls()
    {
        if (_spec.Linux.Sysctl.Count == 0 && _spec.Domainname.Length == 0)
        {
            return;
        }

        using ConfinedDirectory files = ConfinedDirectory.Open("/proc/sys", ResolveFlags.Strict);
        if (_spec.Domainname.Length > 0)
        {
            Write(files, "kernel.domainname", _spec.Domainname);
        }

        foreach ((string name, string value) in _spec.Linux.Sysctl)
        {
            Write(files, name, value);
        }
    }

    private void Write(ConfinedDirectory files, string name, string value)
    {
        string path = SysctlRules.RequirePath(name, ownIpc: plan.Namespaces.Ipc is not null, ownUts: plan.Namespaces.Uts is not null);
        using Fd file = files.Open(path, OpenFlags.WriteOnly);
        Errno error = FdIo.TryWrite(file, Encoding.UTF8.GetBytes(value), out _);
        if (error != 0)
        {
            throw new LinuxException("write", error, $"sysctl {name}");
        }
    }

    private void Finish(ConfinedDirectory root, InitMounts forInit)
    {
        if (_spec.Root.Readonly)
        {
            forInit.BecomeReadOnly.Add(root.Handle.Duplicate());
        }

        if (_spec.Linux.RootfsPropagation.Length > 0)
        {
            MountOptions options = MountOptionParser.Parse([_spec.Linux.RootfsPropagation]);
            forInit.RootPropagation = options.Propagation.Count == 1
                ? options.Propagation[0]
                : throw KataException.Invalid($"linux.rootfsPropagation '{Printable.Escape(_spec.Linux.RootfsPropagation, 32)}' is no propagation type");
        }
    }
}
