using System.Runtime.ExceptionServices;
using Kata.Agent.Network;
using Kata.Linux.Namespaces;
using Kata.Linux.Netlink;
using Kata.Linux.Processes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Agent.Tests.Network;

/// <summary>Runs a test in a network namespace of its own, with the agent's networking and a netlink socket to look and prepare with.</summary>
internal static class NetworkNamespaceThread
{
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    public static void Run(Action<GuestNetwork, RouteNetlink> action)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                ThreadNamespaces.Unshare(CloneFlags.NewNet);
                using var netlink = new RouteNetlink();
                using var network = new GuestNetwork(Patience, TimeProvider.System, NullLogger.Instance);
                action(network, netlink);
            }
            catch (Exception error)
            {
                failure = ExceptionDispatchInfo.Capture(error);
            }
        });
        thread.Start();
        Assert.True(thread.Join(TimeSpan.FromSeconds(60)), "the network thread hangs");
        failure?.Throw();
    }

    /// <summary>An interface that can be configured, with a hardware address.</summary>
    public static NetworkLink AddLink(this RouteNetlink netlink, string name, byte number)
    {
        netlink.AddLink(name, "bridge");
        netlink.SetLinkHardwareAddress(netlink.FindLink(name)!.Index, $"02:00:00:00:00:{number:x2}");
        return netlink.FindLink(name)!;
    }
}
