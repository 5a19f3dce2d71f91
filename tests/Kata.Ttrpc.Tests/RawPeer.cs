using System.Buffers.Binary;
using System.Net.Sockets;
using Google.Protobuf;

namespace Kata.Ttrpc.Tests;

/// <summary>The other end of a connection, byte by byte: it can send what no proper peer would.</summary>
internal sealed class RawPeer(Socket socket) : IDisposable
{
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);

    public static byte[] Frame(uint streamId, byte type, byte flags, ReadOnlySpan<byte> body)
    {
        byte[] frame = new byte[10 + body.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)body.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(4), streamId);
        frame[8] = type;
        frame[9] = flags;
        body.CopyTo(frame.AsSpan(10));
        return frame;
    }

    public static byte[] Frame(uint streamId, byte type, byte flags, IMessage body) => Frame(streamId, type, flags, body.ToByteArray());

    /// <summary>A request made by protobuf's own code.</summary>
    public static byte[] Request(uint streamId, string method, IMessage payload, string service = "kata.test.Echo", long timeout = 0, byte flags = 1) =>
        Frame(streamId, 1, flags, new Oracle.Request
        {
            Service = service,
            Method = method,
            Payload = payload.ToByteString(),
            TimeoutNano = timeout,
        });

    /// <summary>A response made by protobuf's own code.</summary>
    public static byte[] Response(uint streamId, Oracle.Status? status, IMessage? payload) =>
        Frame(streamId, 2, 0, new Oracle.Response { Status = status, Payload = payload?.ToByteString() ?? ByteString.Empty });

    public Task SendAsync(ReadOnlyMemory<byte> bytes) => _stream.WriteAsync(bytes, TestContext.Current.CancellationToken).AsTask();

    public Task SendHexAsync(string hex) => SendAsync(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));

    /// <summary>The next frame, header included.</summary>
    public async Task<byte[]> ReceiveAsync()
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        late.CancelAfter(TimeSpan.FromSeconds(20));
        byte[] header = new byte[10];
        await _stream.ReadExactlyAsync(header, late.Token);
        byte[] body = new byte[BinaryPrimitives.ReadUInt32BigEndian(header)];
        await _stream.ReadExactlyAsync(body, late.Token);
        return [.. header, .. body];
    }

    public async Task<(uint StreamId, Oracle.Response Response)> ReceiveResponseAsync()
    {
        byte[] frame = await ReceiveAsync();
        Assert.Equal(2, frame[8]);
        return (BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(4)), Oracle.Response.Parser.ParseFrom(frame, 10, frame.Length - 10));
    }

    /// <summary>Nothing more will be sent; receiving goes on.</summary>
    public void CloseSending() => socket.Shutdown(SocketShutdown.Send);

    public void Dispose() => _stream.Dispose();
}
