using System.Net.Sockets;

namespace Kata.Ttrpc.Tests;

/// <summary>Two connected unix sockets, through an abstract name so that nothing is left behind.</summary>
internal static class SocketPair
{
    public static UnixDomainSocketEndPoint NewAddress() => new($"\0kata-ttrpc-{Guid.NewGuid():N}");

    public static async Task<(Socket Client, Socket Server)> ConnectAsync()
    {
        UnixDomainSocketEndPoint address = NewAddress();
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(address);
        listener.Listen(1);
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(address, TestContext.Current.CancellationToken);
        return (client, await listener.AcceptAsync(TestContext.Current.CancellationToken));
    }
}
