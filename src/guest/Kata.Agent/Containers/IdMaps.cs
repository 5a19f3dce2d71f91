using System.Globalization;
using System.Text;
using Kata.Primitives;
using Kata.Protocols.Oci;

namespace Kata.Agent.Containers;

/// <summary>How the ids of a user namespace stand for the guest's.</summary>
internal sealed class IdMaps
{
    private const int MaxRanges = 340; // UID_GID_MAP_MAX_EXTENTS

    private readonly IReadOnlyList<LinuxIDMapping> _users;
    private readonly IReadOnlyList<LinuxIDMapping> _groups;

    private IdMaps(IReadOnlyList<LinuxIDMapping> users, IReadOnlyList<LinuxIDMapping> groups)
    {
        _users = users;
        _groups = groups;
    }

    /// <summary>Every id stands for itself: no user namespace.</summary>
    public static IdMaps Identity { get; } = new([], []);

    /// <summary>Whether every id stands for itself.</summary>
    public bool IsIdentity => _users.Count == 0;

    /// <summary>What goes into uid_map.</summary>
    public string UserText => Text(_users);

    /// <summary>What goes into gid_map.</summary>
    public string GroupText => Text(_groups);

    /// <summary>Reads maps.</summary>
    /// <exception cref="KataException">InvalidArgument: they are no maps, or only one of them is given.</exception>
    public static IdMaps Read(IReadOnlyList<LinuxIDMapping> users, IReadOnlyList<LinuxIDMapping> groups, string what)
    {
        if (users.Count == 0 || groups.Count == 0)
        {
            throw KataException.Invalid($"{what} needs mappings of user ids and of group ids");
        }

        Check(users, what);
        Check(groups, what);
        return new IdMaps(users, groups);
    }

    /// <summary>The guest's user of one in the namespace.</summary>
    /// <exception cref="KataException">InvalidArgument: it has none.</exception>
    public uint User(uint id) => Find(_users, id) ?? throw KataException.Invalid($"user {id} is not in the container's id mappings");

    /// <summary>The guest's group of one in the namespace.</summary>
    /// <exception cref="KataException">InvalidArgument: it has none.</exception>
    public uint Group(uint id) => Find(_groups, id) ?? throw KataException.Invalid($"group {id} is not in the container's id mappings");

    private static void Check(IReadOnlyList<LinuxIDMapping> ranges, string what)
    {
        if (ranges.Count > MaxRanges)
        {
            throw KataException.Invalid($"{what} has {ranges.Count} id mappings; the kernel takes {MaxRanges}");
        }

        foreach (LinuxIDMapping range in ranges)
        {
            if (range.Size == 0 || (ulong)range.ContainerID + range.Size > uint.MaxValue || (ulong)range.HostID + range.Size > uint.MaxValue)
            {
                throw KataException.Invalid($"{what}: the id mapping {range.ContainerID} {range.HostID} {range.Size} is empty or goes beyond the largest id");
            }
        }
    }

    private static string Text(IReadOnlyList<LinuxIDMapping> ranges)
    {
        var text = new StringBuilder();
        foreach (LinuxIDMapping range in ranges)
        {
            text.Append(CultureInfo.InvariantCulture, $"{range.ContainerID} {range.HostID} {range.Size}\n");
        }

        return text.ToString();
    }

    private static uint? Find(IReadOnlyList<LinuxIDMapping> ranges, uint id)
    {
        foreach (LinuxIDMapping range in ranges)
        {
            if (id >= range.ContainerID && id - range.ContainerID < range.Size)
            {
                return range.HostID + (id - range.ContainerID);
            }
        }

        return ranges.Count == 0 ? id : null;
    }
}
