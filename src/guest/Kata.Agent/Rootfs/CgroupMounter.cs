using Kata.Linux;
using Kata.Linux.Cgroups;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;

namespace Kata.Agent.Rootfs;

/// <summary>Shows a container its own part of the cgroup hierarchies, and nothing above it, whether or not it has a cgroup namespace.</summary>
internal sealed class CgroupMounter(CgroupHierarchy hierarchy, string group)
{
    private const MountFlags Safe = MountFlags.NoSetId | MountFlags.NoDevices | MountFlags.NoExecute;
    private const MountAttributes SafeAttributes = MountAttributes.NoSetId | MountAttributes.NoDevices | MountAttributes.NoExecute;

    private static readonly MountOptions Small = new() { Data = ["mode=755", "size=64k"] };

    /// <summary>Makes the mounts.</summary>
    /// <param name="container">The container's root.</param>
    /// <param name="target">Where; a directory that exists.</param>
    /// <param name="options">The options of the spec; read-only matters.</param>
    /// <param name="label">The SELinux label of what is mounted new; empty for none.</param>
    public void MountAt(ConfinedDirectory container, string target, MountOptions options, string label)
    {
        bool readOnly = (options.Flags & MountFlags.ReadOnly) != 0;
        using Fd directory = container.Open(target, OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
        if (hierarchy.Version == CgroupVersion.V2)
        {
            Bind(hierarchy.Root, directory, readOnly);
            return;
        }

        // A tmpfs with one directory per hierarchy; controllers that share one are links to it.
        Linux.Mounts.Mount.Attach("cgroup", directory, "tmpfs", Safe, MountLabels.AddTo("tmpfs", Small, label).DataText);
        using ConfinedDirectory root = container.OpenDirectory(target); // a new lookup, which finds the mount
        var names = new Dictionary<string, string>();
        foreach ((string controller, string mountPoint) in hierarchy.Controllers)
        {
            string name = Path.GetFileName(mountPoint);
            if (names.TryAdd(mountPoint, name))
            {
                using Fd place = root.CreateDirectories(name);
                Bind(mountPoint, place, readOnly);
            }

            if (controller != names[mountPoint] && FileAt.TryStatus(root.Handle, controller) is null)
            {
                FileAt.MakeSymbolicLink(names[mountPoint], root.Handle, controller);
            }
        }

        if (readOnly)
        {
            MountTree.SetAttributes(root.Handle, MountAttributes.ReadOnly, MountAttributes.None, recursive: false);
        }
    }

    private void Bind(string mountPoint, Fd target, bool readOnly)
    {
        using DetachedMount own = DetachedMount.Clone(mountPoint + group, recursive: false);
        own.SetAttributes(readOnly ? SafeAttributes | MountAttributes.ReadOnly : SafeAttributes, MountAttributes.None, recursive: false);
        own.AttachTo(target);
    }
}
