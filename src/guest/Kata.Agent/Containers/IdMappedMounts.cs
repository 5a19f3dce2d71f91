using Kata.Agent.Rootfs;
using Kata.Linux.Namespaces;
using Kata.Linux.Processes;
using Kata.Primitives;
using Mount = Kata.Protocols.Oci.Mount;

namespace Kata.Agent.Containers;

/// <summary>The user namespaces whose maps the id-mapped mounts of a container use, while these are made.</summary>
internal sealed class IdMappedMounts : IDisposable
{
    private readonly List<NamespaceFd> _made = [];
    private readonly Dictionary<Mount, NamespaceFd> _byMount = new(ReferenceEqualityComparer.Instance);

    private IdMappedMounts()
    {
    }

    /// <summary>Which mount uses which.</summary>
    public IReadOnlyDictionary<Mount, NamespaceFd> ByMount => _byMount;

    /// <summary>Makes them. A call that fails leaves nothing.</summary>
    /// <exception cref="KataException">InvalidArgument: a mount has no maps, or is none that can be mapped.</exception>
    public static async Task<IdMappedMounts> CreateAsync(IReadOnlyList<PlannedMount> planned, ContainerNamespaces namespaces, ChildReaper reaper)
    {
        var mounts = new IdMappedMounts();
        try
        {
            foreach (PlannedMount mount in planned)
            {
                await mounts.AddAsync(mount, namespaces, reaper).ConfigureAwait(false);
            }

            return mounts;
        }
        catch
        {
            mounts.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (NamespaceFd made in _made)
        {
            made.Dispose();
        }
    }

    private async Task AddAsync(PlannedMount planned, ContainerNamespaces namespaces, ChildReaper reaper)
    {
        Mount mount = planned.Mount;
        bool hasMaps = mount.UIDMappings.Count + mount.GIDMappings.Count > 0;
        if (!hasMaps && !planned.Options.IdMapped)
        {
            return;
        }

        string name = $"mount {Printable.Escape(mount.Destination, 128)}";
        if (!planned.IsBind)
        {
            throw KataException.Invalid($"{name}: only bind mounts can be id-mapped");
        }

        if (!hasMaps)
        {
            _byMount.Add(mount, namespaces.User ?? throw KataException.Invalid($"{name}: 'idmap' without mappings needs a container with a user namespace"));
            return;
        }

        NamespaceFd made = await UserNamespaces.CreateAsync(reaper, IdMaps.Read(mount.UIDMappings, mount.GIDMappings, name)).ConfigureAwait(false);
        _made.Add(made);
        _byMount.Add(mount, made);
    }
}
