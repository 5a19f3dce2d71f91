using System.Net.Sockets;
using Kata.Linux;
using Kata.Linux.Netlink;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Network;

/// <summary>Makes the guest's routes what the host wants. Only what differs is touched.</summary>
/// <param name="netlink">The guest's networking.</param>
/// <param name="undo">Gets a step for each change; run uncommitted it restores the routes.</param>
/// <param name="logger">Where it is told what was left out.</param>
internal sealed partial class RouteUpdate(RouteNetlink netlink, RollbackStack undo, ILogger logger)
{
    /// <summary>Does it.</summary>
    /// <param name="wanted">All routes there are to be, next to the kernel's own.</param>
    /// <param name="links">The guest's interfaces.</param>
    /// <exception cref="LinuxException">The kernel refused a route.</exception>
    public void Apply(IReadOnlyList<NetworkRoute> wanted, IReadOnlyList<NetworkLink> links)
    {
        List<NetworkRoute> present = [.. GuestRoutes.Of(netlink, AddressFamily.InterNetwork), .. GuestRoutes.Of(netlink, AddressFamily.InterNetworkV6)];
        foreach (NetworkRoute route in present.OrderByDescending(GuestRoutes.Order))
        {
            bool loopback = links.Any(link => link.Index == route.LinkIndex && link.Flags.HasFlag(LinkFlags.Loopback));
            if (GuestRoutes.IsOurs(route) && !loopback && !wanted.Any(wish => GuestRoutes.Satisfies(route, wish)))
            {
                netlink.RemoveRoute(GuestRoutes.ToAdd(route));
                undo.Push("put a route back", () => netlink.AddRoute(GuestRoutes.ToAdd(route)));
            }
        }

        foreach (NetworkRoute wish in wanted.OrderBy(GuestRoutes.Order))
        {
            if (!present.Any(route => GuestRoutes.Satisfies(route, wish)))
            {
                Add(wish);
            }
        }
    }

    private void Add(NetworkRoute route)
    {
        try
        {
            netlink.AddRoute(route);
        }
        catch (LinuxException error) when (error.Errno == Errno.EEXIST)
        {
            // The protocol has no metric, so two routes of the host may become one here: the first counts, as with other agents.
            LogTaken(logger, error.Message);
            return;
        }
        catch (LinuxException error) when (route.Family == AddressFamily.InterNetworkV6 && error.Errno is Errno.EACCES or Errno.EOPNOTSUPP or Errno.EAFNOSUPPORT)
        {
            // As with the addresses: a guest without IPv6 is no reason for a pod not to start.
            LogNoIpv6(logger, error.Message);
            return;
        }

        undo.Push("remove a route", () => netlink.RemoveRoute(route));
    }

    [LoggerMessage(EventId = 862, Level = LogLevel.Warning, Message = "a route is left out, as another one leads there: {Reason}")]
    private static partial void LogTaken(ILogger logger, string reason);

    [LoggerMessage(EventId = 863, Level = LogLevel.Warning, Message = "a route is left out, as IPv6 is switched off: {Reason}")]
    private static partial void LogNoIpv6(ILogger logger, string reason);
}
