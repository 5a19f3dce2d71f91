using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Kata.Linux.Events;
using Kata.Primitives;

namespace Kata.Linux.Sockets;

/// <summary>Sends and receives descriptors over unix sockets (SCM_RIGHTS). Blocks the calling thread while the socket is full or empty.</summary>
public static unsafe class FdPassing
{
    /// <summary>The most descriptors in one message (SCM_MAX_FD).</summary>
    public const int MaxDescriptors = 253;

    private const int HeaderSize = 16; // struct cmsghdr: length 8, level 4, type 4
    private const int RightsType = 1; // SCM_RIGHTS

    /// <summary>Sends bytes with descriptors attached to the first of them.</summary>
    /// <param name="socket">A connected unix socket: an <see cref="Fd"/> or the handle of a .NET socket.</param>
    /// <param name="data">At least one byte.</param>
    /// <param name="descriptors">What to send; they stay the caller's.</param>
    /// <exception cref="LinuxException">As sendmsg(2).</exception>
    public static void Send(SafeHandle socket, ReadOnlySpan<byte> data, params ReadOnlySpan<Fd> descriptors)
    {
        ArgumentOutOfRangeException.ThrowIfZero(data.Length, nameof(data));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(descriptors.Length, MaxDescriptors, nameof(descriptors));
        Span<byte> control = stackalloc byte[HeaderSize + Align(descriptors.Length * sizeof(int))];
        control.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(control, (ulong)(HeaderSize + (descriptors.Length * sizeof(int))));
        BinaryPrimitives.WriteInt32LittleEndian(control[8..], SocketCalls.SocketLevel);
        BinaryPrimitives.WriteInt32LittleEndian(control[12..], RightsType);
        for (int i = 0; i < descriptors.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(control[(HeaderSize + (i * sizeof(int)))..], descriptors[i].Value);
        }

        int sent = Transfer(socket, data, descriptors.IsEmpty ? [] : control);
        while (sent < data.Length)
        {
            sent += Transfer(socket, data[sent..], []);
        }
    }

    /// <summary>Receives bytes and the descriptors that came with them.</summary>
    /// <param name="socket">A connected unix socket.</param>
    /// <param name="buffer">Where the bytes go.</param>
    /// <param name="maxDescriptors">The most descriptors accepted.</param>
    /// <param name="descriptors">What came, close-on-exec, owned by the caller.</param>
    /// <returns>Number of bytes; 0 at the end.</returns>
    /// <exception cref="KataException">ResourceExhausted: more descriptors came; none is kept.</exception>
    /// <exception cref="LinuxException">As recvmsg(2).</exception>
    public static int Receive(SafeHandle socket, Span<byte> buffer, int maxDescriptors, out IReadOnlyList<Fd> descriptors)
    {
        ArgumentOutOfRangeException.ThrowIfZero(buffer.Length, nameof(buffer));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxDescriptors, MaxDescriptors);

        // Always room for all, so that nothing is cut off: the kernel would close what does not fit, but how many came would not be known.
        Span<byte> control = stackalloc byte[HeaderSize + Align(MaxDescriptors * sizeof(int)) + 64];
        MessageHeader message = default;
        int count;
        fixed (byte* data = buffer, extra = control)
        {
            IoVector vector = new() { Base = data, Length = (nuint)buffer.Length };
            do
            {
                message = new MessageHeader { Vectors = &vector, VectorCount = 1, Control = extra, ControlLength = (nuint)control.Length };
                count = (int)SocketCalls.ReceiveMessage(socket, &message, SocketCalls.ReceiveCloseOnExec);
            }
            while (count < 0 && ShouldRetry(socket, forWriting: false, "recvmsg"));
        }

        List<Fd> received = Collect(control[..(int)message.ControlLength]);
        if ((message.Flags & SocketCalls.ControlTruncated) != 0 || received.Count > maxDescriptors)
        {
            received.ForEach(fd => fd.Dispose());
            throw new KataException(ErrorCode.ResourceExhausted, $"received more than {maxDescriptors} file descriptors in one message");
        }

        descriptors = received;
        return count;
    }

    private static List<Fd> Collect(ReadOnlySpan<byte> control)
    {
        var received = new List<Fd>();
        while (control.Length >= HeaderSize)
        {
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(control);
            if (length < HeaderSize || length > (ulong)control.Length)
            {
                break;
            }

            bool rights = BinaryPrimitives.ReadInt32LittleEndian(control[8..]) == SocketCalls.SocketLevel
                && BinaryPrimitives.ReadInt32LittleEndian(control[12..]) == RightsType;
            ReadOnlySpan<byte> body = control[HeaderSize..(int)length];
            for (; rights && body.Length >= sizeof(int); body = body[sizeof(int)..])
            {
                received.Add(new Fd(BinaryPrimitives.ReadInt32LittleEndian(body)));
            }

            control = control[Math.Min(Align((int)length), control.Length)..];
        }

        return received;
    }

    private static int Transfer(SafeHandle socket, ReadOnlySpan<byte> data, ReadOnlySpan<byte> control)
    {
        fixed (byte* start = data, extra = control)
        {
            IoVector vector = new() { Base = start, Length = (nuint)data.Length };
            MessageHeader message = new() { Vectors = &vector, VectorCount = 1, Control = extra, ControlLength = (nuint)control.Length };
            int count;
            do
            {
                count = (int)SocketCalls.SendMessage(socket, &message, SocketCalls.NoSignal);
            }
            while (count < 0 && ShouldRetry(socket, forWriting: true, "sendmsg"));
            return count;
        }
    }

    private static bool ShouldRetry(SafeHandle socket, bool forWriting, string call)
    {
        Errno error = LinuxException.LastErrno();
        if (error == Errno.EAGAIN)
        {
            // The sockets of .NET are non-blocking underneath.
            var record = new PollRecord { Fd = (int)socket.DangerousGetHandle(), Events = (short)(forWriting ? PollCalls.Out : PollCalls.In) };
            _ = PollCalls.Poll(&record, 1, timeout: -1);
            return true;
        }

        return error == Errno.EINTR ? true : throw new LinuxException(call, error);
    }

    private static int Align(int length) => (length + 7) & ~7;
}
