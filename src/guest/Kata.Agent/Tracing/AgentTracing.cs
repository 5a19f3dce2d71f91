using Grpc.Core;
using Kata.Agent.Sandboxes;
using Kata.Agent.Serving;
using Kata.Primitives;
using Kata.Ttrpc;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Tracing;

/// <summary>Records a span for each request, between start and stop. While it is off, nothing of spans is loaded.</summary>
internal sealed partial class AgentTracing(AgentEnvironment environment, string version)
{
    private readonly SemaphoreSlim _turn = new(1);
    private volatile TraceSession? _session;

    /// <summary>Whether spans are recorded.</summary>
    public bool IsOn => _session is not null;

    /// <summary>Starts at boot, if that was asked for; a machine that cannot is no reason not to serve.</summary>
    public void StartAtBoot()
    {
        if (!environment.Options.Tracing)
        {
            return;
        }

        try
        {
            Start();
        }
        catch (KataException error) when (error.Code == ErrorCode.Unavailable)
        {
            LogNotStarted(environment.Logger, error.Message);
        }
    }

    /// <summary>Starts recording; nothing changes when it has begun already.</summary>
    /// <exception cref="KataException">InvalidArgument: the address for spans is none. Unavailable: the machine has no way for them.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_session is null)
            {
                Start();
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Sends what there is, for at most a second, and stops recording.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_session is { } session)
            {
                _session = null;
                await session.DisposeAsync().ConfigureAwait(false);
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Runs a request and records it.</summary>
    public async Task RunAsync(TtrpcServerCall call, Func<Task> next)
    {
        if (_session is not { } session || session.Begin(call) is not { } span)
        {
            await next().ConfigureAwait(false);
            return;
        }

        try
        {
            await next().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            span.Fail(error is KataException known ? $"{known.Code}: {known.Message}" : error is RpcException status ? status.Status.Detail : error.GetType().Name);
            throw;
        }
        finally
        {
            session.End(span);
        }
    }

    private void Start()
    {
        AgentAddress destination = TraceDestination.Choose(environment.Options.TraceAddress);
        _session = new TraceSession(destination, version, environment.Time, environment.Logger);
        LogStarted(environment.Logger, TraceDestination.NameOf(destination));
    }

    [LoggerMessage(EventId = 836, Level = LogLevel.Information, Message = "recording spans for {Destination}")]
    private static partial void LogStarted(ILogger logger, string destination);

    [LoggerMessage(EventId = 837, Level = LogLevel.Warning, Message = "agent.trace is ignored: {Reason}")]
    private static partial void LogNotStarted(ILogger logger, string reason);
}
