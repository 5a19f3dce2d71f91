using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;
using Kata.Primitives;
using Kata.Runtime.Containers;

namespace Kata.Runtime.Storage;

/// <summary>Makes the mounts a snapshotter describes.</summary>
internal static class RootfsMounter
{
    /// <summary>Makes one of them. Links on the way to its place are the image's: they lead nowhere but into the root file system.</summary>
    /// <param name="mount">The mount.</param>
    /// <param name="root">The directory the root file system goes to.</param>
    /// <exception cref="KataException">InvalidArgument: the mount's target leaves the root file system.</exception>
    /// <exception cref="LinuxException">The kernel refused; ENOENT: there is no such place in the root file system.</exception>
    public static void Attach(RootfsMount mount, string root)
    {
        using ConfinedDirectory confined = ConfinedDirectory.Open(root);
        using Fd target = confined.Open(Target(mount), OpenFlags.Path);
        MountOptions options = MountOptionParser.Parse(mount.Options);
        if (!options.IsBind && mount.Type != "bind")
        {
            Mount.Attach(mount.Source, target, mount.Type, options.Flags, options.DataText);
            return;
        }

        bool recursive = (options.Flags & MountFlags.Recursive) != 0;
        using Fd source = Fd.Open(mount.Source, OpenFlags.Path);
        if ((options.Flags & MountFlags.ReadOnly) != 0)
        {
            Mount.BindReadOnly(source, target, recursive);
        }
        else
        {
            Mount.Bind(source, target, recursive);
        }
    }

    private static string Target(RootfsMount mount)
    {
        string relative = mount.Target.Trim('/');
        if (relative.Split('/').Contains(".."))
        {
            throw KataException.Invalid($"rootfs mount of {Printable.Escape(mount.Source, 256)}: target '{Printable.Escape(mount.Target, 256)}' leaves the root file system");
        }

        return relative.Length == 0 ? "." : relative;
    }
}
