using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Kata.AgentClient;

namespace Kata.AgentCtl.Api;

/// <summary>One call of the agent's services, as a command.</summary>
internal sealed class ApiCommand
{
    private readonly Func<IMessage> _create;
    private readonly Func<AgentConnection, IMessage, CallOptions, Task<IMessage>> _call;

    private ApiCommand(
        string name, string summary, IReadOnlyList<ApiArgument> arguments, Func<IMessage> create, Func<AgentConnection, IMessage, CallOptions, Task<IMessage>> call)
    {
        Name = name;
        Summary = summary;
        Arguments = arguments;
        _create = create;
        _call = call;
        Request = create().Descriptor;
    }

    /// <summary>The call's name in the protocol.</summary>
    public string Name { get; }

    /// <summary>What it does, in one line.</summary>
    public string Summary { get; }

    /// <summary>What is known of fields beyond the protocol.</summary>
    public IReadOnlyList<ApiArgument> Arguments { get; }

    /// <summary>The type of the request.</summary>
    public MessageDescriptor Request { get; }

    /// <summary>Describes a call.</summary>
    public static ApiCommand Of<TRequest, TResponse>(
        string name, string summary, Func<AgentConnection, TRequest, CallOptions, AsyncUnaryCall<TResponse>> call, params ApiArgument[] arguments)
        where TRequest : IMessage<TRequest>, new()
        where TResponse : IMessage =>
        new(name, summary, arguments, () => new TRequest(), async (connection, request, options) =>
        {
            using AsyncUnaryCall<TResponse> running = call(connection, (TRequest)request, options);
            return await running.ResponseAsync.ConfigureAwait(false);
        });

    /// <summary>An empty request.</summary>
    public IMessage NewRequest() => _create();

    /// <summary>Makes the call.</summary>
    /// <param name="connection">To the agent.</param>
    /// <param name="request">Of the type of <see cref="Request"/>.</param>
    /// <param name="options">Deadline and token.</param>
    /// <exception cref="RpcException">The agent refused, or is gone.</exception>
    public Task<IMessage> CallAsync(AgentConnection connection, IMessage request, CallOptions options) => _call(connection, request, options);

    /// <summary>The argument of a name; null where only the protocol knows it.</summary>
    public ApiArgument? FindArgument(string name) => Arguments.FirstOrDefault(argument => argument.Name == name);
}
