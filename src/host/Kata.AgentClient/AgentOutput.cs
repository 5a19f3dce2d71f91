using System.Buffers;
using Google.Protobuf;
using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Ttrpc;

namespace Kata.AgentClient;

/// <summary>
/// ReadStdout and ReadStderr without a copy: as the stubs of <see cref="AgentService"/>, but what they return is the memory that the bytes were received in.
/// It must be disposed.
/// </summary>
/// <remarks>An empty one is the end of the stream.</remarks>
public sealed class AgentOutput
{
    private const string Service = "grpc.AgentService"; // its descriptor would bring all descriptors of the protocol with it, 1.6 MB

    private static readonly Marshaller<ReadStreamRequest> Request = Marshallers.Create(request => request.ToByteArray(), ReadStreamRequest.Parser.ParseFrom);
    private static readonly Marshaller<IMemoryOwner<byte>> Response = TtrpcBytes.MarshallerOf(ReadStreamResponse.DataFieldNumber);
    private static readonly Method<ReadStreamRequest, IMemoryOwner<byte>> Stdout = Reading("ReadStdout");
    private static readonly Method<ReadStreamRequest, IMemoryOwner<byte>> Stderr = Reading("ReadStderr");

    private readonly CallInvoker _invoker;

    internal AgentOutput(CallInvoker invoker) => _invoker = invoker;

    /// <summary>Reads standard output; waits for some.</summary>
    /// <param name="request">Which process, and the most bytes to return.</param>
    /// <param name="options">Deadline and cancellation.</param>
    /// <exception cref="RpcException">The agent's status; Internal: more bytes than asked for, or a malformed reply.</exception>
    public AsyncUnaryCall<IMemoryOwner<byte>> ReadStdoutAsync(ReadStreamRequest request, CallOptions options) => _invoker.AsyncUnaryCall(Stdout, host: null, options, request);

    /// <summary>Reads standard error; waits for some.</summary>
    /// <inheritdoc cref="ReadStdoutAsync"/>
    public AsyncUnaryCall<IMemoryOwner<byte>> ReadStderrAsync(ReadStreamRequest request, CallOptions options) => _invoker.AsyncUnaryCall(Stderr, host: null, options, request);

    private static Method<ReadStreamRequest, IMemoryOwner<byte>> Reading(string name) =>
        new(MethodType.Unary, Service, name, Request, Response);
}
