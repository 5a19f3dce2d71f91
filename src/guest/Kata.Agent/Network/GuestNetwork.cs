using Kata.Linux.Netlink;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Protocols.Types;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Network;

/// <summary>The guest's networking, as the host shapes it. One change at a time; a change that fails half-way is undone. Safe for concurrent use.</summary>
/// <param name="patience">How long to wait for a device that is being plugged in.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where it is told what was left out.</param>
internal sealed class GuestNetwork(TimeSpan patience, TimeProvider time, ILogger logger) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);

    /// <summary>Makes one interface what the host wants; its routes that still fit are kept.</summary>
    /// <returns>The request's interface.</returns>
    /// <exception cref="KataException">InvalidArgument: the request is wrong. DeadlineExceeded: the interface did not appear. Others are the kernel's.</exception>
    public async Task<Interface> UpdateInterfaceAsync(UpdateInterfaceRequest request, CancellationToken cancellationToken)
    {
        InterfaceWish wish = InterfaceWish.Parse(request.Interface);
        return await ChangeAsync(
            async (netlink, undo) =>
            {
                NetworkLink link = await new LinkFinder(netlink, time, patience).FindAsync(wish, cancellationToken).ConfigureAwait(false);
                new LinkUpdate(netlink, undo, logger).Apply(link, wish);
                return request.Interface;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes the routes what the host wants; the kernel's own and those of the loopback stay.</summary>
    /// <returns>All routes afterwards.</returns>
    /// <exception cref="KataException">InvalidArgument: the request is wrong. NotFound: an interface does not exist. Others are the kernel's.</exception>
    public Task<Routes> UpdateRoutesAsync(UpdateRoutesRequest request, CancellationToken cancellationToken) => ChangeAsync(
        (netlink, undo) =>
        {
            IReadOnlyList<NetworkLink> links = netlink.Links();
            List<NetworkRoute> wanted = RouteReader.Parse(request.Routes?.Routes_, links);
            new RouteUpdate(netlink, undo, logger).Apply(wanted, links);
            return Task.FromResult(NetworkReport.Routes(netlink));
        },
        cancellationToken);

    /// <summary>Adds neighbours, or changes those there are.</summary>
    /// <exception cref="KataException">InvalidArgument: the request is wrong. NotFound: an interface does not exist. Others are the kernel's.</exception>
    public Task AddNeighborsAsync(AddARPNeighborsRequest request, CancellationToken cancellationToken) => ChangeAsync(
        (netlink, undo) =>
        {
            new NeighborUpdate(netlink, undo).Apply(NeighborUpdate.Parse(request.Neighbors?.ARPNeighbors_, netlink.Links()));
            return Task.FromResult(true);
        },
        cancellationToken);

    /// <summary>The interfaces with their addresses.</summary>
    public static Interfaces ListInterfaces()
    {
        using var netlink = new RouteNetlink();
        return NetworkReport.Interfaces(netlink);
    }

    /// <summary>The routes of the main table.</summary>
    public static Routes ListRoutes()
    {
        using var netlink = new RouteNetlink();
        return NetworkReport.Routes(netlink);
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    private async Task<T> ChangeAsync<T>(Func<RouteNetlink, RollbackStack, Task<T>> change, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var netlink = new RouteNetlink();
            var undo = new RollbackStack(logger);
            await using (undo.ConfigureAwait(false))
            {
                T result = await change(netlink, undo).ConfigureAwait(false);
                undo.Commit();
                return result;
            }
        }
        finally
        {
            _gate.Release();
        }
    }
}
