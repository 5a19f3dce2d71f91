using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Kata.Ttrpc;

/// <summary>Who is at the other end of a unix socket, as the kernel recorded it (SO_PEERCRED, see unix(7)).</summary>
/// <param name="ProcessId">The process that connected; 0 when it is not visible from our pid namespace.</param>
/// <param name="UserId">Its effective user id when it connected.</param>
/// <param name="GroupId">Its effective group id when it connected.</param>
public readonly record struct PeerCredentials(int ProcessId, uint UserId, uint GroupId)
{
    // The numbers are the same on x86-64, arm64 and all other architectures .NET runs on.
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;

    /// <summary>Reads the credentials of a connected unix socket's peer. Of a listening socket: those of the process that called listen(2).</summary>
    /// <exception cref="SocketException">The socket is no unix socket, or neither connected nor listening.</exception>
    public static PeerCredentials Of(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        Span<int> ucred = stackalloc int[3]; // pid_t, uid_t, gid_t
        int length = socket.GetRawSocketOption(SolSocket, SoPeerCred, MemoryMarshal.AsBytes(ucred));
        return length == 12
            ? new PeerCredentials(ucred[0], (uint)ucred[1], (uint)ucred[2])
            : throw new SocketException((int)SocketError.ProtocolOption);
    }
}
