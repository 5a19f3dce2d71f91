using System.Text;
using Kata.Agent.Processes;
using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Namespaces;
using Kata.Linux.Paths;
using Kata.Linux.Processes;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;
using OciMount = Kata.Protocols.Oci.Mount;

namespace Kata.Agent.Rootfs;

/// <summary>
/// Makes a container's root file system on a thread of its own: a new mount namespace, all mounts, devices and protections, then pivot_root. Nothing it
/// does is visible outside that namespace, so a failure leaves nothing to undo; the thread ends in either case.
/// </summary>
internal sealed class RootfsBuilder(Spec spec, StringUser? user, CgroupMounter cgroups, NamespaceFd? ipc, NamespaceFd? uts)
{
    /// <summary>Does it.</summary>
    /// <exception cref="KataException">What is wrong with the spec or the image.</exception>
    public async Task<PreparedRootfs> BuildAsync()
    {
        using var thread = new LauncherThread("container-setup");
        return await thread.RunAsync(Build).ConfigureAwait(false);
    }

    private PreparedRootfs Build()
    {
        ThreadNamespaces.Unshare(CloneFlags.NewNs | CloneFlags.OwnFileSystemInfo);
        ipc?.Enter(); // message queue mounts and sysctls are those of the thread's namespaces
        uts?.Enter();
        Linux.Mounts.Mount.SetPropagation("/", MountFlags.Slave | MountFlags.Recursive);
        var forInit = new InitMounts();
        ConfinedDirectory root = OpenRoot(spec.Root.Path);
        TerminalPair? terminal = null;
        try
        {
            Mount(root, forInit);
            WriteSysctls();
            ProcessDetails details = ProcessDetails.Resolve(root, spec.Process, user, createDirectory: true);
            terminal = spec.Process.Terminal ? OpenTerminal(root) : null;
            PathProtection.Apply(root, spec.Linux.MaskedPaths, spec.Linux.ReadonlyPaths, forInit);
            NamespaceFd own = NamespaceFd.Open(0, CloneFlags.NewNs); // while the guest's /proc is still there
            RootDirectory.Pivot(root.Handle);
            Finish(root);
            return new PreparedRootfs(own, root, forInit, details, terminal);
        }
        catch
        {
            terminal?.Dispose();
            forInit.Dispose();
            root.Dispose();
            throw;
        }
    }

    // The path comes from the host; what it leads to may be shared with others, hence no links.
    private static ConfinedDirectory OpenRoot(string path)
    {
        using ConfinedDirectory guest = ConfinedDirectory.Open("/", ResolveFlags.Strict);
        using (Fd directory = OpenRootDirectory(guest, path))
        {
            Linux.Mounts.Mount.Bind(directory, directory, recursive: true); // pivot_root wants a mount
        }

        return new ConfinedDirectory(OpenRootDirectory(guest, path));
    }

    private static Fd OpenRootDirectory(ConfinedDirectory guest, string path)
    {
        try
        {
            return guest.Open(path, OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
        }
        catch (LinuxException error)
        {
            throw KataException.Invalid($"root file system {Printable.Escape(path, 256)}: {LinuxException.Explain(error.Errno)}", error);
        }
    }

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

    private TerminalPair OpenTerminal(ConfinedDirectory root) => OpenTerminalPair(root, spec.Process.ConsoleSize);

    private void Mount(ConfinedDirectory root, InitMounts forInit)
    {
        var mounter = new RootfsMounter(root, cgroups, forInit);
        foreach (OciMount mount in spec.Mounts)
        {
            mounter.Apply(mount);
        }

        if (!mounter.DevIsForeign)
        {
            DeviceNodes.Create(root, spec.Linux.Devices);
        }

        if (mounter.DevBecomesReadOnly)
        {
            using Fd dev = root.Open("/dev", OpenFlags.Path);
            MountTree.SetAttributes(dev, MountAttributes.ReadOnly, MountAttributes.None, recursive: false);
        }
    }

    private void WriteSysctls()
    {
        if (spec.Linux.Sysctl.Count == 0)
        {
            return;
        }

        using ConfinedDirectory files = ConfinedDirectory.Open("/proc/sys", ResolveFlags.Strict);
        foreach ((string name, string value) in spec.Linux.Sysctl)
        {
            string path = SysctlRules.RequirePath(name, ownIpc: ipc is not null, ownUts: uts is not null);
            using Fd file = files.Open(path, OpenFlags.WriteOnly);
            Errno error = FdIo.TryWrite(file, Encoding.UTF8.GetBytes(value), out _);
            if (error != 0)
            {
                throw new LinuxException("write", error, $"sysctl {name}");
            }
        }
    }

    private void Finish(ConfinedDirectory root)
    {
        if (spec.Root.Readonly)
        {
            MountTree.SetAttributes(root.Handle, MountAttributes.ReadOnly, MountAttributes.None, recursive: false);
        }

        if (spec.Linux.RootfsPropagation.Length > 0)
        {
            MountOptions options = MountOptionParser.Parse([spec.Linux.RootfsPropagation]);
            if (options.Propagation.Count != 1)
            {
                throw KataException.Invalid($"linux.rootfsPropagation '{Printable.Escape(spec.Linux.RootfsPropagation, 32)}' is no propagation type");
            }

            Linux.Mounts.Mount.SetPropagation("/", options.Propagation[0]);
        }
    }
}
