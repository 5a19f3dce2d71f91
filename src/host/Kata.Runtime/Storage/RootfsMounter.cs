using Kata.Linux.Mounts;
using Kata.Primitives;
using Kata.Runtime.Containers;

namespace Kata.Runtime.Storage;

/// <summary>Makes the mounts a snapshotter describes.</summary>
internal static class RootfsMounter
{
    /// <summary>Makes one of them.</summary>
    /// <param name="mount">The mount.</param>
    /// <param name="root">The directory the root file system goes to.</param>
    /// <exception cref="KataException">The kernel refused, or the mount's target leaves the root file system.</exception>
    public static void Attach(RootfsMount mount, string root)
    {
        string target = Target(mount, root);
        MountOptions options = MountOptionParser.Parse(mount.Options);
        if (options.IsBind || mount.Type == "bind")
        {
            bool recursive = (options.Flags & MountFlags.Recursive) != 0;
            if ((options.Flags & MountFlags.ReadOnly) != 0)
            {
                Mount.BindReadOnly(mount.Source, target, recursive);
            }
            else
            {
                Mount.Bind(mount.Source, target, recursive);
            }

            return;
        }

        Mount.Attach(mount.Source, target, mount.Type, options.Flags, options.DataText);
    }

    private static string Target(RootfsMount mount, string root)
    {
        string relative = mount.Target.Trim('/');
        if (relative.Length == 0)
        {
            return root;
        }

        if (relative.Split('/').Contains(".."))
        {
            throw KataException.Invalid($"rootfs mount of {Printable.Escape(mount.Source, 256)}: target '{Printable.Escape(mount.Target, 256)}' leaves the root file system");
        }

        return Path.Combine(root, relative);
    }
}
