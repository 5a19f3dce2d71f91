using System.Runtime.InteropServices;

namespace Kata.Linux.Sockets;

/// <summary>The system calls of this folder.</summary>
internal static unsafe partial class SocketCalls
{
    internal const int FamilyUnix = 1; // AF_UNIX
    internal const int FamilyNetlink = 16; // AF_NETLINK
    internal const int FamilyVsock = 40; // AF_VSOCK
    internal const int Stream = 1; // SOCK_STREAM
    internal const int Raw = 3; // SOCK_RAW
    internal const int CloseOnExec = 0x80000; // SOCK_CLOEXEC
    internal const int NonBlocking = 0x800; // SOCK_NONBLOCK
    internal const int SocketLevel = 1; // SOL_SOCKET
    internal const int OptionError = 4; // SO_ERROR
    internal const int OptionReceiveBuffer = 8; // SO_RCVBUF
    internal const int OptionPeerCredentials = 17; // SO_PEERCRED
    internal const int OptionReceiveTimeout = 20; // SO_RCVTIMEO
    internal const int ShutdownWrite = 1; // SHUT_WR
    internal const int NoSignal = 0x4000; // MSG_NOSIGNAL
    internal const int Truncated = 0x20; // MSG_TRUNC
    internal const int ControlTruncated = 0x8; // MSG_CTRUNC
    internal const int ReceiveCloseOnExec = 0x40000000; // MSG_CMSG_CLOEXEC

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    internal static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    internal static partial int SocketPair(int family, int type, int protocol, int* ends);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    internal static partial int Bind(SafeHandle socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    internal static partial int Connect(SafeHandle socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
    internal static partial int Listen(SafeHandle socket, int backlog);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    internal static partial int Accept(SafeHandle socket, byte* address, uint* length, int flags);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    internal static partial int GetName(SafeHandle socket, byte* address, uint* length);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    internal static partial int GetOption(SafeHandle socket, int level, int option, void* value, uint* length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    internal static partial int SetOption(SafeHandle socket, int level, int option, void* value, uint length);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    internal static partial int Shutdown(SafeHandle socket, int how);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    internal static partial nint SendMessage(SafeHandle socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    internal static partial nint ReceiveMessage(SafeHandle socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    internal static partial nint SendTo(SafeHandle socket, byte* data, nint length, int flags, byte* address, uint addressLength);

    [LibraryImport("libc", EntryPoint = "recvfrom", SetLastError = true)]
    internal static partial nint ReceiveFrom(SafeHandle socket, byte* data, nint length, int flags, byte* address, uint* addressLength);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    internal static partial int ChangeMode(SafeHandle fd, uint mode);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Control(SafeHandle fd, nuint request, void* argument);

    /// <summary>A new socket, close-on-exec.</summary>
    /// <exception cref="LinuxException">EAFNOSUPPORT: not in this kernel. EMFILE, ENFILE: a descriptor limit is reached.</exception>
    internal static Fd Create(int family, int type, int protocol = 0)
    {
        int fd = Socket(family, type | CloseOnExec, protocol);
        return fd >= 0 ? new Fd(fd) : throw LinuxException.FromLastError("socket");
    }
}
