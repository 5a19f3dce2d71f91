using System.Buffers.Binary;
using System.Text;
using Kata.Linux.Events;
using Kata.Linux.Sockets;

namespace Kata.Linux.Netlink;

/// <summary>Receives what the kernel tells about devices. What happened before it was made is not told again.</summary>
public sealed class UeventSocket : IDisposable
{
    private const int UeventProtocol = 15; // NETLINK_KOBJECT_UEVENT
    private const uint KernelGroup = 1;
    private const int AddressSize = 12; // sizeof(struct sockaddr_nl)
    private const int BufferSize = 16 * 1024; // the kernel's messages have at most 2 KiB and the path
    private const int ReceiveBuffer = 4 * 1024 * 1024;
    private const int MaxProperties = 256;

    private readonly PolledFd _polled;
    private readonly byte[] _buffer = new byte[BufferSize];

    /// <summary>Begins to receive.</summary>
    /// <exception cref="LinuxException">EMFILE, ENFILE: a descriptor limit is reached.</exception>
    public unsafe UeventSocket()
    {
        Fd socket = SocketCalls.Create(SocketCalls.FamilyNetlink, SocketCalls.Raw, UeventProtocol);
        try
        {
            byte* address = stackalloc byte[AddressSize];
            var span = new Span<byte>(address, AddressSize);
            span.Clear();
            BinaryPrimitives.WriteUInt16LittleEndian(span, SocketCalls.FamilyNetlink);
            BinaryPrimitives.WriteUInt32LittleEndian(span[8..], KernelGroup);
            int size = ReceiveBuffer;
            _ = SocketCalls.SetOption(socket, SocketCalls.SocketLevel, SocketCalls.OptionReceiveBuffer, &size, sizeof(int));
            if (SocketCalls.Bind(socket, address, AddressSize) != 0)
            {
                throw LinuxException.FromLastError("bind", "uevents");
            }

            _polled = new PolledFd(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _polled.Dispose();

    /// <summary>The next event. One call at a time.</summary>
    /// <exception cref="LinuxException">ENOBUFS: events were lost; the next call goes on.</exception>
    /// <exception cref="ObjectDisposedException">It was disposed meanwhile.</exception>
    public async ValueTask<Uevent> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            uint seen = _polled.ReadEdges;
            if (TryRead() is { } uevent)
            {
                return uevent;
            }

            await _polled.WaitReadableAsync(seen, cancellationToken).ConfigureAwait(false);
        }
    }

    internal static Uevent? Parse(ReadOnlySpan<byte> message)
    {
        int end = message.IndexOf((byte)0);
        int at = message.IndexOf((byte)'@');
        if (end < 0 || at <= 0 || at > end)
        {
            return null;
        }

        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        string action = Encoding.UTF8.GetString(message[..at]);
        string path = Encoding.UTF8.GetString(message[(at + 1)..end]);
        foreach (string property in Encoding.UTF8.GetString(message[(end + 1)..]).Split('\0', MaxProperties, StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = property.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                properties[property[..equals]] = property[(equals + 1)..];
            }
        }

        return new Uevent(action, path, properties);
    }

    private unsafe Uevent? TryRead()
    {
        byte* address = stackalloc byte[AddressSize];
        while (true)
        {
            uint addressLength = AddressSize;
            nint length;
            fixed (byte* start = _buffer)
            {
                length = SocketCalls.ReceiveFrom(_polled.Fd, start, BufferSize, 0, address, &addressLength);
            }

            if (length < 0)
            {
                switch (LinuxException.LastErrno())
                {
                    case Errno.EAGAIN:
                        return null;
                    case Errno.EINTR:
                        continue;
                    case Errno error:
                        throw new LinuxException("recvfrom", error, "uevents");
                }
            }

            // The kernel's port is 0; whatever others send is no device.
            bool fromKernel = addressLength == AddressSize && BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(address + 4, 4)) == 0;
            if (fromKernel && Parse(_buffer.AsSpan(0, (int)length)) is { } uevent)
            {
                return uevent;
            }
        }
    }
}
