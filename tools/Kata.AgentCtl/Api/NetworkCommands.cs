using Kata.Protocols.Agent;

namespace Kata.AgentCtl.Api;

/// <summary>Interfaces, routes, neighbours and packet filters of the guest.</summary>
internal static class NetworkCommands
{
    /// <summary>The commands.</summary>
    public static readonly ApiCommand[] All =
    [
        ApiCommand.Of<UpdateInterfaceRequest, Protocols.Types.Interface>(
            "UpdateInterface", "Give a network interface its name, addresses and MTU", (c, r, o) => c.Agent.UpdateInterfaceAsync(r, o),
            new ApiArgument("interface", "interface", "JSON")),
        ApiCommand.Of<UpdateRoutesRequest, Routes>(
            "UpdateRoutes", "Replace the routing table; prints the result", (c, r, o) => c.Agent.UpdateRoutesAsync(r, o), new ApiArgument("routes", "routes", "JSON")),
        ApiCommand.Of<ListInterfacesRequest, Interfaces>("ListInterfaces", "Print the network interfaces", (c, r, o) => c.Agent.ListInterfacesAsync(r, o)),
        ApiCommand.Of<ListRoutesRequest, Routes>("ListRoutes", "Print the routing table", (c, r, o) => c.Agent.ListRoutesAsync(r, o)),
        ApiCommand.Of<AddARPNeighborsRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "AddARPNeighbors", "Add permanent neighbours", (c, r, o) => c.Agent.AddARPNeighborsAsync(r, o), new ApiArgument("neighbors", "neighbors", "JSON")),
        ApiCommand.Of<GetIPTablesRequest, GetIPTablesResponse>("GetIPTables", "Print the packet filter's rules", (c, r, o) => c.Agent.GetIPTablesAsync(r, o)),
        ApiCommand.Of<SetIPTablesRequest, SetIPTablesResponse>(
            "SetIPTables", "Restore packet filter rules", (c, r, o) => c.Agent.SetIPTablesAsync(r, o), ApiArguments.Data),
    ];
}
