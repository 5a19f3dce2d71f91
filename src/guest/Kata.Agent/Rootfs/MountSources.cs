using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Namespaces;
using Kata.Linux.Paths;
using Kata.Primitives;
using Kata.Protocols.Oci;
using Mount = Kata.Protocols.Oci.Mount;

namespace Kata.Agent.Rootfs;

/// <summary>
/// The root file system and the sources of the bind mounts of a spec, taken from the guest's mounts as detached copies, before the thread that mounts them
/// leaves those.
/// </summary>
internal sealed class MountSources : IDisposable
{
    private readonly Dictionary<Mount, DetachedMount> _binds = new(ReferenceEqualityComparer.Instance); // equal mounts may repeat
    private DetachedMount? _root;

    private MountSources()
    {
    }

    /// <summary>Takes the copies. A call that fails leaves nothing.</summary>
    /// <param name="spec">The container.</param>
    /// <param name="mounts">Its mounts.</param>
    /// <param name="idMaps">The user namespaces of id-mapped mounts.</param>
    /// <param name="spreading">Those that were taken already; the rest is no more of theirs.</param>
    /// <exception cref="KataException">InvalidArgument: there is no such root file system or source.</exception>
    public static MountSources Open(Spec spec, IReadOnlyList<PlannedMount> mounts, IReadOnlyDictionary<Mount, NamespaceFd> idMaps, SpreadingBinds spreading)
    {
        var sources = new MountSources();
        try
        {
            // Mounts of a guest that shares its own spread into the container but not back, unless it asks for that.
            bool spreads = spec.Linux.RootfsPropagation is "shared" or "rshared";
            sources._root = CopyRoot(spec.Root.Path);
            Isolate(sources._root, spreads, recursive: true);
            foreach (PlannedMount planned in mounts)
            {
                (Mount mount, MountOptions options) = planned;
                if (spreading.TryTake(mount, out DetachedMount? common))
                {
                    sources._binds.Add(mount, common);
                }
                else if (planned.IsBind)
                {
                    DetachedMount copy = Copy(mount, (options.Flags & MountFlags.Recursive) != 0);
                    sources._binds.Add(mount, copy);
                    Isolate(copy, spreads, recursive: true);
                    MapIds(mount, options, copy, idMaps);
                }
            }

            return sources;
        }
        catch
        {
            sources.Dispose();
            throw;
        }
    }

    /// <summary>A copy of what a bind mount shows, of the calling thread's namespace.</summary>
    /// <exception cref="KataException">InvalidArgument: there is no such source.</exception>
    public static DetachedMount Copy(Mount mount, bool recursive)
    {
        if (mount.Source.Length == 0 || mount.Source[0] != '/')
        {
            throw KataException.Invalid($"bind mount {Shown(mount.Destination)}: source '{Shown(mount.Source)}' is not absolute");
        }

        // The path comes from the host; magic links would let it name what the agent itself holds open.
        using ConfinedDirectory guest = ConfinedDirectory.Open("/");
        try
        {
            using Fd from = guest.Open(mount.Source, OpenFlags.Path);
            return DetachedMount.Clone(from, recursive);
        }
        catch (LinuxException error)
        {
            throw KataException.Invalid($"bind mount {Shown(mount.Destination)}: source {Shown(mount.Source)}: {LinuxException.Explain(error.Errno)}", error);
        }
    }

    /// <summary>Gives away the root file system.</summary>
    public DetachedMount TakeRoot()
    {
        DetachedMount root = _root ?? throw new InvalidOperationException("the root file system was taken before");
        _root = null;
        return root;
    }

    /// <summary>Gives away the source of a bind mount.</summary>
    public DetachedMount Take(Mount mount) => _binds.Remove(mount, out DetachedMount? copy)
        ? copy
        : throw new InvalidOperationException("the source of the mount was taken before");

    /// <inheritdoc/>
    public void Dispose()
    {
        _root?.Dispose();
        foreach (DetachedMount copy in _binds.Values)
        {
            copy.Dispose();
        }
    }

    // The path comes from the host; what it leads to may be shared with others, hence no links.
    private static DetachedMount CopyRoot(string path)
    {
        using ConfinedDirectory guest = ConfinedDirectory.Open("/", ResolveFlags.Strict);
        try
        {
            using Fd directory = guest.Open(path, OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
            return DetachedMount.Clone(directory, recursive: true);
        }
        catch (LinuxException error)
        {
            throw KataException.Invalid($"root file system {Printable.Escape(path, 256)}: {LinuxException.Explain(error.Errno)}", error);
        }
    }

    private static void Isolate(DetachedMount copy, bool spreads, bool recursive)
    {
        if (!spreads)
        {
            copy.SetAttributes(MountAttributes.None, MountAttributes.None, recursive, MountFlags.Slave);
        }
    }

    private static void MapIds(Mount mount, MountOptions options, DetachedMount copy, IReadOnlyDictionary<Mount, NamespaceFd> idMaps)
    {
        if (!idMaps.TryGetValue(mount, out NamespaceFd? users))
        {
            return;
        }

        try
        {
            copy.MapIds(users.Handle, options.IdMappedRecursive);
        }
        catch (LinuxException error) when (error.Errno is Errno.EINVAL)
        {
            throw new KataException(
                ErrorCode.Unsupported, $"bind mount {Shown(mount.Destination)}: the file system of {Shown(mount.Source)} cannot be id-mapped by the guest's kernel", error);
        }
    }

    private static string Shown(string path) => Printable.Escape(path, 128);
}
