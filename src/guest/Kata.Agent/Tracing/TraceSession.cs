using Kata.Agent.Serving;
using Kata.Protocols.Agent;
using Kata.Ttrpc;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Tracing;

/// <summary>The spans between one start and the next stop: those of requests, and one around them all.</summary>
internal sealed class TraceSession : IAsyncDisposable
{
    private const int MaxQueued = 512;

    private readonly SpanQueue _queue = new(MaxQueued);
    private readonly SpanExporter _exporter;
    private readonly TimeProvider _time;
    private readonly Span _root;

    /// <summary>Begins.</summary>
    public TraceSession(AgentAddress destination, string version, TimeProvider time, ILogger logger)
    {
        _time = time;
        _root = new Span { Name = "root-span", Context = SpanContext.NewTrace(), Kind = SpanKind.Internal, Started = time.GetUtcNow() };
        var encoder = new SpanEncoder([new("service.name", "kata-agent"), new("service.version", version)]);
        _exporter = new SpanExporter(_queue, destination, encoder, time, logger);
    }

    /// <summary>The span of a request, below that of the caller or else below the one around all; null for requests that are not recorded.</summary>
    public Span? Begin(TtrpcServerCall call)
    {
        string method = call.Method.Name;
        if (SpanNames.Of(method) is not { } name)
        {
            return null;
        }

        SpanContext parent = TraceParent.Read(call.Context.RequestHeaders) ?? _root.Context;
        if (!parent.IsSampled)
        {
            return null;
        }

        var span = new Span { Name = name, Context = parent.Child(), ParentId = parent.SpanId, Kind = SpanKind.Server, Started = _time.GetUtcNow() };
        span.Add("rpc.system", "ttrpc");
        span.Add("rpc.service", call.Method.ServiceName);
        span.Add("rpc.method", method);
        AddIds(span, call.Request);
        return span;
    }

    /// <summary>Ends a span and sends it on its way.</summary>
    public void End(Span span)
    {
        span.Ended = _time.GetUtcNow();
        _queue.Add(span);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        End(_root);
        await _exporter.DisposeAsync().ConfigureAwait(false);
        _queue.Dispose();
    }

    // Ids only: arguments and environments of processes are no business of whoever reads traces.
    private static void AddIds(Span span, object? request)
    {
        (string container, string process) = request switch
        {
            CreateContainerRequest create => (create.ContainerId, create.ExecId),
            StartContainerRequest start => (start.ContainerId, string.Empty),
            RemoveContainerRequest remove => (remove.ContainerId, string.Empty),
            ExecProcessRequest exec => (exec.ContainerId, exec.ExecId),
            SignalProcessRequest signal => (signal.ContainerId, signal.ExecId),
            WaitProcessRequest wait => (wait.ContainerId, wait.ExecId),
            _ => (string.Empty, string.Empty),
        };
        span.Add("container_id", container);
        span.Add("exec_id", process);
    }
}
