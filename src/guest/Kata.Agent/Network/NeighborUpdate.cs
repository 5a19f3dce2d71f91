using Kata.Linux;
using Kata.Linux.Netlink;
using Kata.Primitives;
using Kata.Protocols.Types;

namespace Kata.Agent.Network;

/// <summary>Adds entries to the guest's neighbour tables. What is there already, and the same, is left.</summary>
/// <param name="netlink">The guest's networking.</param>
/// <param name="undo">Gets a step for each change.</param>
internal sealed class NeighborUpdate(RouteNetlink netlink, RollbackStack undo)
{
    private const int MaxNeighbors = 16384;
    private const int AllStates = 0xFF; // NUD_*
    private const byte SettableFlags = 0x01 | 0x02 | 0x08 | 0x80; // NTF_USE, NTF_SELF, NTF_PROXY, NTF_ROUTER

    /// <summary>Reads a list.</summary>
    /// <exception cref="KataException">InvalidArgument: an entry makes no sense. NotFound: its interface does not exist.</exception>
    public static List<NetworkNeighbor> Parse(IReadOnlyList<ARPNeighbor>? request, IReadOnlyList<NetworkLink> links)
    {
        if (request is null || request.Count == 0 || request.Count > MaxNeighbors)
        {
            throw KataException.Invalid($"{request?.Count ?? 0} neighbours; give 1 to {MaxNeighbors}");
        }

        var neighbors = new List<NetworkNeighbor>(request.Count);
        foreach (ARPNeighbor entry in request)
        {
            string what = Printable.Escape($"neighbour {entry.ToIPAddress?.Address} of '{entry.Device}'", 128);
            System.Net.IPAddress address = IpText.Parse(entry.ToIPAddress?.Address ?? string.Empty, "a neighbour");
            if (entry.State is < 0 or > AllStates || (entry.Flags & ~SettableFlags) != 0)
            {
                throw KataException.Invalid($"{what}: state {entry.State} or flags {entry.Flags} are not those of a neighbour");
            }

            neighbors.Add(new NetworkNeighbor
            {
                LinkIndex = links.FirstOrDefault(link => link.Name == entry.Device)?.Index ?? throw KataException.NotFound($"{what}: there is no such interface"),
                Address = address,
                HardwareAddress = entry.Lladdr.Length == 0 ? string.Empty : IpText.ParseHardware(entry.Lladdr),
                State = entry.State == 0 ? NetworkNeighbor.Permanent : (ushort)entry.State,
                Flags = (byte)entry.Flags,
            });
        }

        return neighbors;
    }

    /// <summary>Adds or replaces them.</summary>
    /// <exception cref="LinuxException">The kernel refused one.</exception>
    public void Apply(IReadOnlyList<NetworkNeighbor> wanted)
    {
        var present = new Dictionary<(int, System.Net.IPAddress), NetworkNeighbor>();
        foreach (NetworkNeighbor entry in netlink.Neighbors())
        {
            present[(entry.LinkIndex, entry.Address)] = entry;
        }

        foreach (NetworkNeighbor neighbor in wanted)
        {
            (int, System.Net.IPAddress) key = (neighbor.LinkIndex, neighbor.Address);
            present.TryGetValue(key, out NetworkNeighbor? before);
            if (neighbor == before)
            {
                continue;
            }

            netlink.ReplaceNeighbor(neighbor);
            undo.Push($"restore neighbour {neighbor.Address}", () => Restore(neighbor, before));
            present[key] = neighbor;
        }
    }

    private void Restore(NetworkNeighbor neighbor, NetworkNeighbor? before)
    {
        if (before is null)
        {
            netlink.RemoveNeighbor(neighbor);
        }
        else
        {
            netlink.ReplaceNeighbor(before);
        }
    }
}
