using Grpc.Core;
using Kata.Protocols.Agent;

namespace Kata.Runtime.Health;

/// <summary>Asks the agent at intervals whether it lives. A VMM that dies is seen without this; a guest that hangs only here.</summary>
/// <param name="health">The agent's health service.</param>
/// <param name="interval">The time between two questions.</param>
/// <param name="time">The clock.</param>
internal sealed class AgentMonitor(Protocols.Agent.Health.HealthClient health, TimeSpan interval, TimeProvider time)
{
    private const int Tolerated = 2;
    private static readonly TimeSpan AnswerTime = TimeSpan.FromSeconds(30);

    /// <summary>Asks until the token is cancelled or the agent has been silent several times in a row.</summary>
    /// <param name="lost">Called once, with the reason, when the agent is given up.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    public async Task RunAsync(Func<string, Task> lost, CancellationToken cancellationToken)
    {
        for (int missed = 0; missed < Tolerated;)
        {
            await Task.Delay(interval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
            {
                return;
            }

            missed = await AnswersAsync(cancellationToken).ConfigureAwait(false) ? 0 : missed + 1;
        }

        await lost($"the agent did not answer {Tolerated} health checks in a row").ConfigureAwait(false);
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            var options = new CallOptions(deadline: DateTime.UtcNow + AnswerTime, cancellationToken: cancellationToken);
            HealthCheckResponse response = await health.CheckAsync(new CheckRequest(), options).ConfigureAwait(false);
            return response.Status == HealthCheckResponse.Types.ServingStatus.Serving;
        }
        catch (Exception error) when (error is RpcException or OperationCanceledException or ObjectDisposedException)
        {
            return cancellationToken.IsCancellationRequested;
        }
    }
}
