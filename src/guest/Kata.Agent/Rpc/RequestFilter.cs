using Grpc.Core;
using Kata.Agent.Policy;
using Kata.Agent.Tracing;
using Kata.Primitives;
using Kata.Ttrpc;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Rpc;

/// <summary>The one place every request passes: waits until the guest is ready, logs, records, asks the policy, and gives what is not implemented a name.</summary>
internal sealed partial class RequestFilter(Task ready, EndpointList endpoints, PolicyGate policy, AgentTracing tracing, ILogger logger)
{
    /// <summary>Runs a request.</summary>
    public async Task RunAsync(TtrpcServerCall call, Func<Task> next)
    {
        bool isHealth = call.Method.ServiceName.EndsWith("Health", StringComparison.Ordinal);

        // Health answers from the first moment on; everything else needs the file systems and the policy, and is refused if one of them cannot be had.
        if (!ready.IsCompletedSuccessfully && !isHealth)
        {
            await ready.WaitAsync(call.Context.CancellationToken).ConfigureAwait(false);
        }

        try
        {
            LogRequest(logger, call.Method.Name);
            await (tracing.IsOn && !isHealth ? tracing.RunAsync(call, Decided) : Decided()).ConfigureAwait(false);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.Unimplemented)
        {
            throw KataException.Unsupported($"{call.Method.Name} is not implemented by this agent");
        }
        catch (OperationCanceledException)
        {
            throw; // the host gave up or left
        }
        catch (KataException error)
        {
            LogFailed(logger, call.Method.Name, error.Code, error.Message);
            throw;
        }
        catch (Exception error)
        {
            LogBroken(logger, call.Method.Name, error);
            throw;
        }

        Task Decided()
        {
            endpoints.Require(call);
            return isHealth || policy.IsOpen ? next() : policy.RunAsync(call, next);
        }
    }

    [LoggerMessage(EventId = 820, Level = LogLevel.Debug, Message = "request {Method}")]
    private static partial void LogRequest(ILogger logger, string method);

    [LoggerMessage(EventId = 821, Level = LogLevel.Warning, Message = "request {Method} failed: {Code}: {Reason}")]
    private static partial void LogFailed(ILogger logger, string method, ErrorCode code, string reason);

    [LoggerMessage(EventId = 822, Level = LogLevel.Error, Message = "request {Method} broke")]
    private static partial void LogBroken(ILogger logger, string method, Exception error);
}
