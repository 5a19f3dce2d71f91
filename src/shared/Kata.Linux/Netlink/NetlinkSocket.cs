using System.Buffers.Binary;
using Kata.Linux.Sockets;
using Kata.Primitives;

namespace Kata.Linux.Netlink;

/// <summary>A socket to the kernel's networking. It belongs to the network namespace of the thread that makes it, wherever it is used. Safe for concurrent use.</summary>
public sealed unsafe class NetlinkSocket : IDisposable
{
    private const int RouteProtocol = 0; // NETLINK_ROUTE
    private const int OptionLevel = 270; // SOL_NETLINK
    private const int OptionExtendedAcknowledge = 11; // NETLINK_EXT_ACK
    private const int AddressSize = 12; // struct sockaddr_nl: family 2, pad 2, port 4, groups 4
    private const int BufferSize = 64 * 1024;
    private const int MaxMessages = 1_000_000;
    private const int MaxInterruptions = 16;
    private const long TimeoutSeconds = 10;

    private readonly Lock _gate = new();
    private readonly Fd _socket;
    private readonly byte[] _buffer = new byte[BufferSize];
    private uint _sequence;

    /// <summary>Opens a socket in the network namespace of the calling thread.</summary>
    /// <exception cref="LinuxException">EMFILE, ENFILE: a descriptor limit is reached.</exception>
    public NetlinkSocket()
    {
        _socket = SocketCalls.Create(SocketCalls.FamilyNetlink, SocketCalls.Raw, RouteProtocol);
        try
        {
            int on = 1;
            long* timeout = stackalloc long[2] { TimeoutSeconds, 0 };

            // Better messages where the kernel has them; a kernel that never answers must not hang us.
            _ = SocketCalls.SetOption(_socket, OptionLevel, OptionExtendedAcknowledge, &on, sizeof(int));
            Check(SocketCalls.SetOption(_socket, SocketCalls.SocketLevel, SocketCalls.OptionReceiveTimeout, timeout, 2 * sizeof(long)), "setsockopt");
            byte* address = stackalloc byte[AddressSize];
            FillKernelAddress(address);
            Check(SocketCalls.Bind(_socket, address, AddressSize), "bind");
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>What to take from one message of an answer.</summary>
    internal delegate void Reader(ushort type, ReadOnlySpan<byte> payload);

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    /// <summary>Sends a request and waits for the kernel's word that it is done.</summary>
    /// <param name="request">The request; the acknowledge flag is needed.</param>
    /// <param name="what">What it does, for the message: "set link eth0 up".</param>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    internal void Execute(NetlinkRequest request, string what) => Transact(request, what, (_, _) => { });

    /// <summary>Asks for a list and reads it. Starts over when the kernel says that the list changed meanwhile.</summary>
    /// <param name="makeRequest">Makes the request.</param>
    /// <param name="what">What it does, for the message.</param>
    /// <param name="parse">Takes an item from a message; null to leave it out.</param>
    internal List<T> Dump<T>(Func<NetlinkRequest> makeRequest, string what, Parser<T> parse)
    {
        for (int attempt = 0; ; attempt++)
        {
            var items = new List<T>();
            bool interrupted = Transact(makeRequest(), what, (_, payload) =>
            {
                if (parse(payload) is { } item)
                {
                    items.Add(item);
                }
            });

            // A table that never stands still is better read roughly than not at all.
            if (!interrupted || attempt == MaxInterruptions)
            {
                return items;
            }
        }
    }

    /// <summary>Takes an item from the payload of a message.</summary>
    internal delegate T? Parser<T>(ReadOnlySpan<byte> payload);

    private bool Transact(NetlinkRequest request, string what, Reader reader)
    {
        lock (_gate)
        {
            uint sequence = ++_sequence;
            Send(request.Finish(sequence), what);
            bool dump = request.IsDump;
            bool interrupted = false;
            int count = 0;
            bool Handle(ushort type, ushort flags, uint answered, ReadOnlySpan<byte> payload)
            {
                // Answers to an earlier request that failed half way.
                if (answered != sequence || type == NetlinkReply.TypeNoOperation)
                {
                    return true;
                }

                interrupted |= (flags & NetlinkReply.FlagInterrupted) != 0;
                switch (type)
                {
                    case NetlinkReply.TypeError:
                        ThrowOnError(flags, payload, what);
                        return dump;
                    case NetlinkReply.TypeDone:
                        ThrowOnError(flags: 0, payload, what);
                        return false;
                    case NetlinkReply.TypeOverrun:
                        throw new KataException(ErrorCode.Internal, $"{what}: the kernel lost a part of its answer");
                    default:
                        if (++count > MaxMessages)
                        {
                            throw new KataException(ErrorCode.ResourceExhausted, $"{what}: more than {MaxMessages} answers");
                        }

                        reader(type, payload);
                        return true;
                }
            }

            while (NetlinkReply.Split(Receive(what), Handle))
            {
                // The next datagram.
            }

            return interrupted;
        }
    }

    private static void ThrowOnError(ushort flags, ReadOnlySpan<byte> payload, string what)
    {
        Errno error = NetlinkReply.ReadError(payload);
        if (error != 0)
        {
            string? words = NetlinkReply.ReadErrorText(flags, payload);
            throw new LinuxException("netlink", error, words is null ? what : $"{what} ({words})");
        }
    }

    private static void FillKernelAddress(byte* address)
    {
        var span = new Span<byte>(address, AddressSize);
        span.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(span, SocketCalls.FamilyNetlink);
    }

    private static void Check(int result, string call)
    {
        if (result != 0)
        {
            throw LinuxException.FromLastError(call, subject: "netlink");
        }
    }

    private void Send(ReadOnlySpan<byte> message, string what)
    {
        byte* address = stackalloc byte[AddressSize];
        FillKernelAddress(address);
        fixed (byte* start = message)
        {
            while (SocketCalls.SendTo(_socket, start, message.Length, SocketCalls.NoSignal, address, AddressSize) < 0)
            {
                if (LinuxException.LastErrno() is var error and not Errno.EINTR)
                {
                    throw new LinuxException("sendto", error, what);
                }
            }
        }
    }

    private ReadOnlySpan<byte> Receive(string what)
    {
        byte* address = stackalloc byte[AddressSize];
        fixed (byte* start = _buffer)
        {
            while (true)
            {
                uint addressLength = AddressSize;
                nint length = SocketCalls.ReceiveFrom(_socket, start, BufferSize, SocketCalls.Truncated, address, &addressLength);
                if (length < 0)
                {
                    Errno error = LinuxException.LastErrno();
                    if (error == Errno.EINTR)
                    {
                        continue;
                    }

                    throw error == Errno.EAGAIN
                        ? new KataException(ErrorCode.DeadlineExceeded, $"{what}: the kernel did not answer within {TimeoutSeconds} s")
                        : new LinuxException("recvfrom", error, what);
                }

                if (length > BufferSize)
                {
                    throw new KataException(ErrorCode.Internal, $"{what}: the answer has {length} bytes, more than {BufferSize}");
                }

                // Any process may write to our port; the kernel's own is 0.
                if (addressLength == AddressSize && BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(address + 4, 4)) == 0)
                {
                    return _buffer.AsSpan(0, (int)length);
                }
            }
        }
    }
}
