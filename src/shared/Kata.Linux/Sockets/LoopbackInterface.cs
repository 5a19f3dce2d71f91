using System.Runtime.InteropServices;

namespace Kata.Linux.Sockets;

/// <summary>The interface every network namespace is born with, and born down.</summary>
/// <remarks>
/// By ioctl, although <see cref="Netlink.RouteNetlink.SetLinkUp"/> could do it: a guest without a network uses netlink for nothing else, and under translation
/// its first use costs 5 ms of the start.
/// </remarks>
public static unsafe partial class LoopbackInterface
{
    private const int Inet = 2; // AF_INET
    private const int Datagram = 2 | 0x80000; // SOCK_DGRAM | SOCK_CLOEXEC
    private const nuint GetFlags = 0x8913; // SIOCGIFFLAGS
    private const nuint SetFlags = 0x8914; // SIOCSIFFLAGS
    private const int FlagsOffset = 16; // struct ifreq: name, then a union
    private const int RequestSize = 40;
    private const short Up = 1; // IFF_UP

    /// <summary>Brings <c>lo</c> up in the calling thread's network namespace.</summary>
    /// <exception cref="LinuxException">EPERM: not privileged. ENODEV: there is none.</exception>
    public static void BringUp()
    {
        int number = NativeSocket(Inet, Datagram, 0);
        using Fd socket = number >= 0 ? new Fd(number) : throw LinuxException.FromLastError("socket");
        byte* request = stackalloc byte[RequestSize];
        new Span<byte>(request, RequestSize).Clear();
        "lo"u8.CopyTo(new Span<byte>(request, FlagsOffset));
        if (NativeControl(socket, GetFlags, request) != 0)
        {
            throw LinuxException.FromLastError("ioctl", "SIOCGIFFLAGS lo");
        }

        *(short*)(request + FlagsOffset) |= Up;
        if (NativeControl(socket, SetFlags, request) != 0)
        {
            throw LinuxException.FromLastError("ioctl", "SIOCSIFFLAGS lo");
        }
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int NativeSocket(int domain, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int NativeControl(Fd fd, nuint request, byte* argument);
}
