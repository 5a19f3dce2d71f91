using Grpc.Core;
using Kata.Ttrpc.Tests.Echo;

namespace Kata.Ttrpc.Tests;

/// <summary>The service under test: each method is what the test sets.</summary>
internal sealed class EchoService : Kata.Ttrpc.Tests.Echo.Echo.EchoBase
{
    public UnaryServerMethod<Ping, Pong> OnSay { get; set; } =
        (ping, _) => Task.FromResult(new Pong { Text = ping.Text, Number = ping.Number, Data = ping.Data });

    public ServerStreamingServerMethod<Ping, Pong>? OnCount { get; set; }

    public ClientStreamingServerMethod<Ping, Pong>? OnSum { get; set; }

    public DuplexStreamingServerMethod<Ping, Pong>? OnChat { get; set; }

    public override Task<Pong> Say(Ping request, ServerCallContext context) => OnSay(request, context);

    public override Task Count(Ping request, IServerStreamWriter<Pong> responseStream, ServerCallContext context) =>
        OnCount!(request, responseStream, context);

    public override Task<Pong> Sum(IAsyncStreamReader<Ping> requestStream, ServerCallContext context) => OnSum!(requestStream, context);

    public override Task Chat(IAsyncStreamReader<Ping> requestStream, IServerStreamWriter<Pong> responseStream, ServerCallContext context) =>
        OnChat!(requestStream, responseStream, context);
}
