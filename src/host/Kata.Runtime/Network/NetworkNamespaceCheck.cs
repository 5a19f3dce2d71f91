using System.Net.NetworkInformation;
using Kata.Linux.Namespaces;
using Kata.Linux.Processes;
using Kata.Primitives;

namespace Kata.Runtime.Network;

/// <summary>Refuses pods that come with a network: giving a VM a network interface is not there yet, and none where one was asked for must not pass in silence.</summary>
internal static class NetworkNamespaceCheck
{
    /// <summary>Looks into a network namespace.</summary>
    /// <param name="path">The namespace.</param>
    /// <exception cref="KataException">Unsupported: it has interfaces with addresses beside the loopback. NotFound: there is no such namespace.</exception>
    public static async Task RequireNoInterfacesAsync(string path)
    {
        using var thread = new LauncherThread("look-into-netns");
        string[] interfaces = await thread.RunAsync(() => InterfacesWithAddresses(path)).ConfigureAwait(false);
        if (interfaces.Length > 0)
        {
            throw KataException.Unsupported(
                $"network namespace {path} has {string.Join(", ", interfaces)}: connecting a VM to a network is not supported yet; use a namespace without interfaces");
        }
    }

    private static string[] InterfacesWithAddresses(string path)
    {
        using NamespaceFd target = NamespaceFd.Open(path, CloneFlags.NewNet);
        target.Enter();
        return
        [
            .. NetworkInterface.GetAllNetworkInterfaces()
                .Where(link => link.NetworkInterfaceType != NetworkInterfaceType.Loopback && link.GetIPProperties().UnicastAddresses.Any(a => !a.Address.IsIPv6LinkLocal))
                .Select(link => Printable.Escape(link.Name, 64)),
        ];
    }
}
