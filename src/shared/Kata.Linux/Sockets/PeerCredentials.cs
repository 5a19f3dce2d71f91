using System.Runtime.InteropServices;

namespace Kata.Linux.Sockets;

/// <summary>Who is at the other end of a unix socket, as the kernel saw it at connect(2) or listen(2).</summary>
/// <param name="ProcessId">The process, in our pid namespace; 0 if it is not visible here.</param>
/// <param name="UserId">Its effective user, in our user namespace.</param>
/// <param name="GroupId">Its effective group.</param>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct PeerCredentials(int ProcessId, uint UserId, uint GroupId)
{
    /// <summary>Asks the kernel.</summary>
    /// <param name="socket">A connected unix socket: an <see cref="Fd"/>, or the handle of a <see cref="System.Net.Sockets.Socket"/>.</param>
    /// <exception cref="LinuxException">ENOTSOCK: not a socket.</exception>
    public static unsafe PeerCredentials Of(SafeHandle socket)
    {
        PeerCredentials peer = default;
        uint length = (uint)sizeof(PeerCredentials);
        return SocketCalls.GetOption(socket, SocketCalls.SocketLevel, SocketCalls.OptionPeerCredentials, &peer, &length) == 0
            ? peer
            : throw LinuxException.FromLastError("getsockopt", subject: "SO_PEERCRED");
    }
}
