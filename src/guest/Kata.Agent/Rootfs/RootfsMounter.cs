using System.Text;
using Kata.Agent.Containers;
using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;
using Kata.Primitives;
using OciMount = Kata.Protocols.Oci.Mount;

namespace Kata.Agent.Rootfs;

/// <summary>
/// Makes the mounts of a spec below a root file system. Runs on a thread that is in the container's mount namespace; targets are looked up with the root
/// file system as root, so no link in an image leads out of it.
/// </summary>
/// <param name="root">The root file system.</param>
/// <param name="sources">What bind mounts show.</param>
/// <param name="cgroups">What shows the container its cgroup.</param>
/// <param name="ids">Who the owners of the spec are in the guest.</param>
/// <param name="forInit">Gets what is left to the first process.</param>
/// <param name="label">The SELinux label of new mounts; empty for none.</param>
internal sealed class RootfsMounter(ConfinedDirectory root, MountSources sources, CgroupMounter cgroups, IdMaps ids, InitMounts forInit, string label)
{
    private const MountAttributes AnyAttribute = MountAttributes.ReadOnly | MountAttributes.NoSetId | MountAttributes.NoDevices | MountAttributes.NoExecute
        | MountAttributes.NoDirectoryAccessTimes | MountAttributes.NoSymlinkFollow;

    /// <summary>Whether /dev is a bind mount, in which nothing may be created.</summary>
    public bool DevIsForeign { get; private set; }

    /// <summary>Whether /dev is to become read-only once its nodes exist.</summary>
    public bool DevBecomesReadOnly { get; private set; }

    /// <summary>Makes one mount.</summary>
    /// <exception cref="KataException">InvalidArgument: the target is not allowed. Unsupported: an option is.</exception>
    /// <exception cref="LinuxException">The mount failed.</exception>
    public void Apply(PlannedMount planned)
    {
        (OciMount mount, MountOptions options) = planned;
        string target = RequireTarget(mount.Destination);
        if (mount.Type == "proc")
        {
            Fd place = PrepareDirectory(target, mayBeLink: target != "/proc");
            forInit.Proc.Add(new InitMounts.ProcMount(place, options.Flags, options.DataText));
        }
        else if (mount.Type is "cgroup" or "cgroup2")
        {
            PrepareDirectory(target, mayBeLink: true).Dispose();
            cgroups.MountAt(root, target, options, label);
        }
        else if (planned.IsBind)
        {
            Bind(mount, target, options);
        }
        else
        {
            MountNew(mount, target, options);
        }
    }

    /// <summary>Attaches a mount that was taken elsewhere, and takes it over.</summary>
    /// <inheritdoc cref="Apply"/>
    public void Attach(DetachedMount tree, string destination)
    {
        using var detached = new OwnedMount(tree);
        Place(detached, RequireTarget(destination));
    }

    private static string RequireTarget(string destination) => ProcMountRules.Clean(destination) is var target && target != "/"
        ? target
        : throw KataException.Invalid("a mount at / would replace the root file system");

    private static MountAttributes Attributes(MountFlags flags)
    {
        MountAttributes set = MountAttributes.None;
        set |= (flags & MountFlags.ReadOnly) != 0 ? MountAttributes.ReadOnly : 0;
        set |= (flags & MountFlags.NoSetId) != 0 ? MountAttributes.NoSetId : 0;
        set |= (flags & MountFlags.NoDevices) != 0 ? MountAttributes.NoDevices : 0;
        set |= (flags & MountFlags.NoExecute) != 0 ? MountAttributes.NoExecute : 0;
        set |= (flags & MountFlags.NoDirectoryAccessTimes) != 0 ? MountAttributes.NoDirectoryAccessTimes : 0;
        set |= (flags & MountFlags.NoSymlinkFollow) != 0 ? MountAttributes.NoSymlinkFollow : 0;
        set |= (flags & MountFlags.NoAccessTimes) != 0 ? MountAttributes.NoAccessTimes : 0;
        return set | ((flags & MountFlags.StrictAccessTimes) != 0 ? MountAttributes.StrictAccessTimes : 0);
    }

    // The mode of access times is one field: whoever sets any of it clears the whole first.
    private static MountAttributes ClearedFor(MountAttributes set, MountFlags cleared)
    {
        bool changesTimes = (set & MountAttributes.AccessTimeMask) != 0
            || ((cleared & (MountFlags.NoAccessTimes | MountFlags.StrictAccessTimes)) != 0);
        return (Attributes(cleared) & AnyAttribute & ~set) | (changesTimes ? MountAttributes.AccessTimeMask : 0);
    }

    private void MountNew(OciMount mount, string target, MountOptions options)
    {
        if (ProcMountRules.Covers(target))
        {
            throw KataException.Invalid($"\"{target}\" cannot be mounted because it is inside /proc");
        }

        bool isDev = target == "/dev" && mount.Type == "tmpfs";
        bool readOnly = (options.Flags & MountFlags.ReadOnly) != 0;
        MountFlags flags = options.Flags & ~MountFlags.PropagationMask;
        if ((isDev || options.CopyUp) && readOnly)
        {
            // What is in it comes first.
            DevBecomesReadOnly |= isDev;
            flags &= ~MountFlags.ReadOnly;
        }

        if (options.CopyUp && mount.Type != "tmpfs")
        {
            throw KataException.Invalid($"mount {target}: tmpcopyup is for tmpfs alone");
        }

        // As runc: a tmpfs over a directory of the image has its mode, if the specification names none.
        if (mount.Type == "tmpfs" && !HasMode(options) && root.TryStatus(target) is { IsDirectory: true } existing)
        {
            options = options with { Data = [.. options.Data, "mode=" + Convert.ToString(existing.Permissions, 8)] };
        }

        using Fd directory = PrepareDirectory(target, mayBeLink: target != "/sys");
        string source = mount.Source.Length > 0 ? mount.Source : mount.Type;
        options = MountLabels.AddTo(mount.Type, options, label);
        Linux.Mounts.Mount.Attach(source, directory, mount.Type, flags, MountOwners.Translate(mount.Type, options, ids));
        if (mount.Type == "mqueue" && label.Length > 0)
        {
            (Fd parent, string name) = root.OpenParent(target);
            using (parent)
            {
                ExtendedAttributes.Set(parent, name, MountLabels.Attribute, Encoding.UTF8.GetBytes(label));
            }
        }

        if (options.CopyUp)
        {
            using Fd mounted = root.Open(target, OpenFlags.Path); // a new lookup finds the mount; the old one still is what it covers
            TreeCopier.Copy(directory, mounted);
            if (readOnly && !isDev)
            {
                MountTree.SetAttributes(mounted, MountAttributes.ReadOnly, MountAttributes.None, recursive: false);
            }
        }

        Finish(target, options);
    }

    private static bool HasMode(MountOptions options)
    {
        foreach (string word in options.Data)
        {
            if (word.StartsWith("mode=", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private void Bind(OciMount mount, string target, MountOptions options)
    {
        using var detached = new OwnedMount(sources.Take(mount));
        MountAttributes set = Attributes(options.Flags);
        MountAttributes clear = ClearedFor(set, options.ClearedFlags);
        if ((set | clear) != 0)
        {
            detached.Mount.SetAttributes(set, clear, recursive: false);
        }

        if (Place(detached, target))
        {
            Finish(target, options);
        }
    }

    // False if the first process does it, over the /proc that it mounts.
    private bool Place(OwnedMount detached, string target)
    {
        if (ProcMountRules.Covers(target))
        {
            if (!ProcMountRules.IsReplaceable(target))
            {
                throw KataException.Invalid($"\"{target}\" cannot be mounted because it is inside /proc");
            }

            forInit.OverProc.Add((detached.Release(), target[1..]));
            return false;
        }

        // Whoever serves the files may be a process of another container, which need not answer.
        bool isDirectory = FileAt.KnownStatus(detached.Mount.Root).IsDirectory;
        using Fd place = isDirectory ? PrepareDirectory(target, mayBeLink: true) : root.CreateFile(target);
        detached.Mount.AttachTo(place);
        DevIsForeign |= target == "/dev";
        return true;
    }

    private Fd PrepareDirectory(string target, bool mayBeLink)
    {
        Fd directory = root.CreateDirectories(target);
        if (mayBeLink)
        {
            return directory;
        }

        try
        {
            // /proc and /sys that are links would make the container look somewhere else than what gets protected (CVE-2019-19921).
            (Fd parent, string name) = root.OpenParent(target);
            using (parent)
            {
                return FileAt.Status(parent, name).IsDirectory ? directory : throw KataException.Invalid($"{target} of the root file system is not a directory");
            }
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    private void Finish(string target, MountOptions options)
    {
        if (options.Propagation.Count == 0 && !options.HasRecursiveAttributes)
        {
            return;
        }

        // A new lookup: it finds the mount that now covers the target.
        using Fd mounted = root.Open(target, OpenFlags.Path);
        if (options.HasRecursiveAttributes)
        {
            MountTree.SetAttributes(mounted, options.RecursiveSet, options.RecursiveClear, recursive: true);
        }

        foreach (MountFlags propagation in options.Propagation)
        {
            Linux.Mounts.Mount.SetPropagation(mounted.ProcPath, propagation);
        }
    }

    // Lets a detached mount change hands without a way to leak it.
    private sealed class OwnedMount(DetachedMount mount) : IDisposable
    {
        private bool _released;

        public DetachedMount Mount { get; } = mount;

        public DetachedMount Release()
        {
            _released = true;
            return Mount;
        }

        public void Dispose()
        {
            if (!_released)
            {
                Mount.Dispose();
            }
        }
    }
}
