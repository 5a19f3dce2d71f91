using Grpc.Core;
using Kata.AgentClient;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Runtime.Specs;

namespace Kata.Runtime.Guests;

/// <summary>The agent as the runtime calls it: every call has a deadline unless it waits for the workload, and fails with a <see cref="KataException"/>.</summary>
/// <param name="connection">To a living agent.</param>
/// <param name="timeout">The time a call may take that has no limit of its own.</param>
internal sealed class GuestAgent(AgentConnection connection, TimeSpan timeout)
{
    private const int MaxMessage = 4096;

    /// <summary>The stubs.</summary>
    public AgentService.AgentServiceClient Client => connection.Agent;

    /// <summary>What processes write, without a copy.</summary>
    public AgentOutput Output => connection.Output;

    /// <summary>Calls with the usual deadline.</summary>
    /// <param name="call">The call, as a function of its options.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KataException">The agent's own code and message; Unavailable: the agent is gone; DeadlineExceeded.</exception>
    public Task<T> CallAsync<T>(Func<CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellationToken) => CallAsync(call, timeout, cancellationToken);

    /// <summary>Calls with a deadline of its own.</summary>
    /// <inheritdoc cref="CallAsync{T}(Func{CallOptions, AsyncUnaryCall{T}}, CancellationToken)"/>
    public static Task<T> CallAsync<T>(Func<CallOptions, AsyncUnaryCall<T>> call, TimeSpan limit, CancellationToken cancellationToken) =>
        RunAsync(call, new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime + limit, cancellationToken: cancellationToken));

    /// <summary>Calls without a deadline: the answer comes when the workload does something.</summary>
    /// <inheritdoc cref="CallAsync{T}(Func{CallOptions, AsyncUnaryCall{T}}, CancellationToken)"/>
    public static Task<T> WaitAsync<T>(Func<CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellationToken) =>
        RunAsync(call, new CallOptions(cancellationToken: cancellationToken));

    /// <summary>Makes sure that the agent knows the fields that upstream's messages lack; without fields nothing is asked.</summary>
    /// <param name="fields">What is about to be sent, for the message.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KataException">Unsupported: the agent would leave them out without a word.</exception>
    public async Task RequireFieldsAsync(IReadOnlyList<string> fields, CancellationToken cancellationToken)
    {
        if (fields.Count == 0)
        {
            return;
        }

        GuestDetailsResponse details = await CallAsync(options => Client.GetGuestDetailsAsync(new GuestDetailsRequest(), options), cancellationToken).ConfigureAwait(false);
        if (details.AgentDetails?.ExtraFeatures.Contains(SpecReport.Feature) != true)
        {
            throw KataException.Unsupported($"the guest's agent cannot do {string.Join(", ", fields)}: leave it out, or use a guest image with an agent that says '{SpecReport.Feature}' in its details");
        }
    }

    private static async Task<T> RunAsync<T>(Func<CallOptions, AsyncUnaryCall<T>> call, CallOptions options)
    {
        try
        {
            using AsyncUnaryCall<T> running = call(options);
            return await running.ResponseAsync.ConfigureAwait(false);
        }
        catch (RpcException error)
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            throw Translate(error);
        }
        catch (ObjectDisposedException error)
        {
            throw new KataException(ErrorCode.Unavailable, "the connection to the agent is closed", error);
        }
    }

    private static KataException Translate(RpcException error)
    {
        // The numbers are the same; what a guest made up becomes Unknown. Its words are kept on one line and short.
        var code = (ErrorCode)error.StatusCode;
        return new KataException(Enum.IsDefined(code) ? code : ErrorCode.Unknown, Printable.Clean(error.Status.Detail, MaxMessage), error);
    }
}
