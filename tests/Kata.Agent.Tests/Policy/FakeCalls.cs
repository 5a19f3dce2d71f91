using Google.Protobuf;
using Grpc.Core;
using Kata.Ttrpc;

namespace Kata.Agent.Tests.Policy;

/// <summary>Requests as an interceptor of the server sees them.</summary>
internal static class FakeCalls
{
    public static TtrpcServerCall Of<TRequest>(TRequest request, string method = "Test", Metadata? headers = null, string service = "grpc.AgentService")
        where TRequest : class, IMessage<TRequest>, new()
    {
        Marshaller<TRequest> marshaller = Marshallers.Create<TRequest>(static _ => [], static _ => new TRequest());
        return new TtrpcServerCall(new Method<TRequest, TRequest>(MethodType.Unary, service, method, marshaller, marshaller), new FakeContext(headers), request);
    }
}
