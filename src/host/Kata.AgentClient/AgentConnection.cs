using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Ttrpc;

namespace Kata.AgentClient;

/// <summary>A connection to a living agent. Safe for concurrent use.</summary>
/// <remarks>
/// Calls fail with <see cref="Grpc.Core.RpcException"/>, whose text is escaped and bounded: it comes from the guest. They have the deadlines of
/// <see cref="AgentDeadlines"/> unless the caller gives one.
/// </remarks>
public sealed class AgentConnection : IAsyncDisposable
{
    internal AgentConnection(AgentAddress address, TtrpcClient transport, AgentDeadlines deadlines, TimeProvider timeProvider)
    {
        Address = address;
        Transport = transport;
        var invoker = new AgentCallInvoker(transport, deadlines, timeProvider);
        Agent = new AgentService.AgentServiceClient(invoker);
        Output = new AgentOutput(invoker);
        Health = new Health.HealthClient(invoker);
    }

    /// <summary>Where the agent listens.</summary>
    public AgentAddress Address { get; }

    /// <summary>The agent's service.</summary>
    public AgentService.AgentServiceClient Agent { get; }

    /// <summary>What processes write, without a copy.</summary>
    public AgentOutput Output { get; }

    /// <summary>Liveness and version.</summary>
    public Health.HealthClient Health { get; }

    /// <summary>The connection underneath; its <see cref="TtrpcClient.Closed"/> tells when it is lost.</summary>
    public TtrpcClient Transport { get; }

    /// <summary>Connects to an agent that may not listen yet, and returns when it has answered a health check.</summary>
    /// <param name="address">As <see cref="AgentAddress.Parse"/> takes it.</param>
    /// <param name="options">Time allowed and reasons to stop.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KataException">
    /// DeadlineExceeded: no answer in time; the message has the last failure. Unavailable: <see cref="AgentDialOptions.GiveUpReason"/> gave a reason;
    /// it is the message. InvalidArgument: not an address.
    /// </exception>
    public static Task<AgentConnection> DialAsync(string address, AgentDialOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new AgentDialer(AgentAddress.Parse(address), options).DialAsync(cancellationToken);
    }

    /// <summary>Closes the connection; calls in flight fail with Unavailable.</summary>
    public ValueTask DisposeAsync() => Transport.DisposeAsync();
}
