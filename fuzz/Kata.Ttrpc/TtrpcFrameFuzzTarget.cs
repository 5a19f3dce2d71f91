using System.Buffers;
using System.Buffers.Binary;
using Grpc.Core;
using Kata.Ttrpc.Wire;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kata.Ttrpc.Fuzz;

/// <summary>
/// Any bytes as what a client sends, as what a server sends, and as the body of an envelope: everything ends in time, every call gets an answer, and
/// what is sent back is well formed.
/// </summary>
public static class TtrpcFrameFuzzTarget
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private static readonly Marshaller<byte[]> Bytes = new(bytes => bytes, RefuseBadBytes);
    private static readonly Method<byte[], byte[]> Unary = new(MethodType.Unary, "fuzz.Fuzz", "Unary", Bytes, Bytes);
    private static readonly Method<byte[], byte[]> ServerStream = new(MethodType.ServerStreaming, "fuzz.Fuzz", "ServerStream", Bytes, Bytes);
    private static readonly Method<byte[], byte[]> ClientStream = new(MethodType.ClientStreaming, "fuzz.Fuzz", "ClientStream", Bytes, Bytes);
    private static readonly Method<byte[], byte[]> Duplex = new(MethodType.DuplexStreaming, "fuzz.Fuzz", "Duplex", Bytes, Bytes);

    private static readonly Marshaller<IMemoryOwner<byte>> Taken = TtrpcBytes.MarshallerOf(field: 1);
    private static readonly Method<byte[], IMemoryOwner<byte>> Taking = new(MethodType.Unary, "fuzz.Fuzz", "Taking", Bytes, Taken);

    /// <summary>Runs once.</summary>
    /// <param name="data">Any bytes.</param>
    public static void Run(ReadOnlySpan<byte> data)
    {
        ReadEnvelopes(data);
        byte[] copy = data.ToArray();
        TakeBytes(copy);
        Finish(ServeAsync(copy, sessions: false));
        Finish(ServeAsync(copy, sessions: true));
        Finish(CallAsync(copy));
    }

    private static void ReadEnvelopes(ReadOnlySpan<byte> body)
    {
        if (RequestEnvelope.TryParse(body, out RequestEnvelope request))
        {
            _ = body[request.Service];
            _ = body[request.Method];
            _ = body[request.Payload];
        }

        if (ResponseEnvelope.TryParse(body, out ResponseEnvelope response))
        {
            _ = body[response.Payload];
        }
    }

    private static void TakeBytes(byte[] message)
    {
        try
        {
            using IMemoryOwner<byte> taken = new PayloadReader(mayGiveAway: true).Read(Taken, message);
            if (taken.Memory.Length > message.Length)
            {
                throw new InvalidOperationException("a field is longer than its message");
            }
        }
        catch (InvalidDataException)
        {
            // The only way a message may be refused.
        }
    }

    private static async Task TakeAllAsync(Task<IMemoryOwner<byte>> call) => (await call).Dispose();

    private static async Task ServeAsync(byte[] received, bool sessions)
    {
        var server = new TtrpcServer(NullLogger.Instance, new TtrpcServerOptions { AllowNewSessions = sessions, StreamQueueLength = 2, MaxConcurrentRequests = 8 });
        server.AddMethod(Unary, (request, _) => Task.FromResult(request));
        server.AddMethod(ServerStream, async (request, writer, _) => await writer.WriteAsync(request));
        server.AddMethod(ClientStream, async (reader, context) =>
        {
            byte[] last = [];
            while (await reader.MoveNext(context.CancellationToken))
            {
                last = reader.Current;
            }

            return last;
        });
        server.AddMethod(Duplex, async (reader, writer, context) =>
        {
            while (await reader.MoveNext(context.CancellationToken))
            {
                await writer.WriteAsync(reader.Current);
            }
        });
        await using var transport = new ScriptedStream(received);
        transport.Release();
        await server.ServeAsync(transport, CancellationToken.None);
        CheckFrames(transport.Written);
    }

    private static async Task CallAsync(byte[] received)
    {
        var transport = new ScriptedStream(received);
        await using var client = new TtrpcClient(transport, new TtrpcClientOptions { StreamQueueLength = 2 });
        AsyncUnaryCall<byte[]> unary = client.AsyncUnaryCall(Unary, null, default, [1]);
        AsyncServerStreamingCall<byte[]> serverStream = client.AsyncServerStreamingCall(ServerStream, null, default, [2]);
        AsyncClientStreamingCall<byte[], byte[]> clientStream = client.AsyncClientStreamingCall(ClientStream, null, default);
        AsyncDuplexStreamingCall<byte[], byte[]> duplex = client.AsyncDuplexStreamingCall(Duplex, null, default);
        AsyncUnaryCall<IMemoryOwner<byte>> taking = client.AsyncUnaryCall(Taking, null, default, [5]);
        transport.Release();

        // All at once: a stream that nobody reads holds up the others.
        await Task.WhenAll(
            EndAsync(unary.ResponseAsync),
            EndAsync(TakeAllAsync(taking.ResponseAsync)),
            EndAsync(clientStream.ResponseAsync),
            EndAsync(ReadAllAsync(serverStream.ResponseStream)),
            EndAsync(ReadAllAsync(duplex.ResponseStream)));
    }

    private static async Task ReadAllAsync(IAsyncStreamReader<byte[]> reader)
    {
        while (await reader.MoveNext(CancellationToken.None))
        {
        }
    }

    private static async Task EndAsync(Task call)
    {
        try
        {
            await call;
        }
        catch (RpcException)
        {
            // The only way a call may fail.
        }
    }

    /// <summary>What protobuf would refuse, in one rule: so that failing deserializers are met as well.</summary>
    private static byte[] RefuseBadBytes(byte[] bytes) =>
        bytes.AsSpan().Contains((byte)0xee) ? throw new InvalidDataException("bad bytes") : bytes;

    private static void CheckFrames(ReadOnlySpan<byte> written)
    {
        while (written.Length > 0)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(written);
            if (written[8] is not (2 or 3 or 0xf1) || (written[8] == 2 && !ResponseEnvelope.TryParse(written.Slice(10, length), out _)))
            {
                throw new InvalidOperationException("the server sent a malformed frame");
            }

            written = written[(10 + length)..];
        }
    }

    private static void Finish(Task task)
    {
        if (!task.Wait(Limit))
        {
            throw new TimeoutException("the connection did not end");
        }
    }
}
