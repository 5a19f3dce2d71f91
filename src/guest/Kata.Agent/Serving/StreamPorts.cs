using Kata.Linux;
using Kata.Linux.Sockets;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Serving;

/// <summary>
/// Connections that become standard streams of processes. The host connects to one port of the agent, and names in its request, for each stream, the port it
/// came from. Connections wait here for their requests and requests for their connections, neither for ever. Safe for concurrent use.
/// </summary>
internal sealed partial class StreamPorts(TimeProvider time, ILogger logger) : IDisposable
{
    /// <summary>How many connections may wait for their requests; a further one takes the place of the oldest.</summary>
    public const int MaxWaiting = 256;

    /// <summary>How long a request waits for its connections.</summary>
    public static readonly TimeSpan RequestPatience = TimeSpan.FromSeconds(5);

    /// <summary>How long a connection waits for its request.</summary>
    public static readonly TimeSpan ConnectionPatience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly OrderedDictionary<uint, Waiting> _waiting = [];
    private TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _serves;
    private bool _closed;

    /// <summary>How many connections wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Takes connections in until cancelled.</summary>
    /// <param name="port">Where they come from; taken over.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task ServeAsync(GuestVsock port, CancellationToken cancellationToken)
    {
        _serves = true;
        using (port)
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                try
                {
                    (FdStream stream, VsockAddress peer) = await port.AcceptAsync(cancellationToken).ConfigureAwait(false);
                    Offer(peer.Port, stream);
                }
                catch (OperationCanceledException)
                {
                    return;
                }
                catch (LinuxException error)
                {
                    LogFailed(logger, port.LocalAddress, error.Message);
                    await Task.WhenAny(Task.Delay(Pause, time, cancellationToken)).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Takes a connection in. A second one from the same port takes the place of the first, which must be a dead one's by then.</summary>
    /// <param name="port">The port it came from.</param>
    /// <param name="stream">The connection; taken over.</param>
    public void Offer(uint port, FdStream stream)
    {
        _serves = true;
        var waiting = new Waiting(stream);
        waiting.Limit = time.CreateTimer(_ => Expire(port, waiting), null, ConnectionPatience, Timeout.InfiniteTimeSpan);
        lock (_gate)
        {
            if (_closed)
            {
                waiting.Close();
                return;
            }

            if (_waiting.Remove(port, out Waiting? earlier))
            {
                earlier.Close();
            }
            else if (_waiting.Count == MaxWaiting)
            {
                _waiting.GetAt(0).Value.Close();
                _waiting.RemoveAt(0);
            }

            _waiting.Add(port, waiting);
            _arrived.TrySetResult();
            _arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>Fetches the connections of a process.</summary>
    /// <param name="stdin">The port its input comes from; 0 if that comes with calls of the service.</param>
    /// <param name="stdout">The same for its output.</param>
    /// <param name="stderr">The same for its errors; a terminal has none.</param>
    /// <param name="terminal">Whether it has a terminal.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Those that were asked for, the caller's to dispose; whatever goes wrong, none is left open.</returns>
    /// <exception cref="KataException">
    /// InvalidArgument: a port is given twice, or one for errors beside a terminal. DeadlineExceeded: the host did not connect from a port, or another process
    /// has that connection. Unsupported: the agent does not listen for such connections.
    /// </exception>
    public async Task<StreamConnections> TakeAsync(uint stdin, uint stdout, uint stderr, bool terminal, CancellationToken cancellationToken)
    {
        var connections = new StreamConnections();
        if ((stdin | stdout | stderr) == 0)
        {
            return connections;
        }

        if ((stdin != 0 && (stdin == stdout || stdin == stderr)) || (stdout != 0 && stdout == stderr) || (terminal && stderr != 0))
        {
            throw KataException.Invalid($"standard streams on ports {stdin}, {stdout} and {stderr}: each needs one of its own, and a terminal has no stderr");
        }

        if (!_serves)
        {
            throw KataException.Unsupported(
                $"standard streams on vsock ports ({stdin}, {stdout}, {stderr}): set agent.passfd_listener_port, or use WriteStdin, ReadStdout and ReadStderr");
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using ITimer timer = time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), deadline, RequestPatience, Timeout.InfiniteTimeSpan);
        try
        {
            connections.Input = await TakeAsync("stdin", stdin, deadline.Token, cancellationToken).ConfigureAwait(false);
            connections.Output = await TakeAsync("stdout", stdout, deadline.Token, cancellationToken).ConfigureAwait(false);
            connections.Error = await TakeAsync("stderr", stderr, deadline.Token, cancellationToken).ConfigureAwait(false);
            return connections;
        }
        catch
        {
            connections.Dispose();
            throw;
        }
    }

    /// <summary>Closes what waits, and whatever comes later.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            foreach (Waiting waiting in _waiting.Values)
            {
                waiting.Close();
            }

            _waiting.Clear();
        }
    }

    private async Task<FdStream?> TakeAsync(string stream, uint port, CancellationToken deadline, CancellationToken cancellationToken)
    {
        if (port == 0)
        {
            return null;
        }

        while (true)
        {
            Task arrived;
            lock (_gate)
            {
                if (_waiting.Remove(port, out Waiting? waiting))
                {
                    waiting.Limit?.Dispose();
                    return waiting.Stream;
                }

                arrived = _arrived.Task;
            }

            try
            {
                await arrived.WaitAsync(deadline).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new KataException(ErrorCode.DeadlineExceeded, $"{stream}: the host did not connect from port {port} within {RequestPatience.TotalSeconds} s");
            }
        }
    }

    private void Expire(uint port, Waiting waiting)
    {
        lock (_gate)
        {
            if (!_waiting.TryGetValue(port, out Waiting? present) || present != waiting)
            {
                return;
            }

            _waiting.Remove(port);
        }

        waiting.Close();
        LogExpired(logger, port);
    }

    [LoggerMessage(EventId = 807, Level = LogLevel.Warning, Message = "connections for standard streams at {Address} failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, VsockAddress address, string reason);

    [LoggerMessage(EventId = 806, Level = LogLevel.Warning, Message = "no process wants the connection from port {Port} of the host: it is closed")]
    private static partial void LogExpired(ILogger logger, uint port);

    private sealed class Waiting(FdStream stream)
    {
        public FdStream Stream => stream;

        public ITimer? Limit { get; set; }

        public void Close()
        {
            Limit?.Dispose();
            stream.Dispose();
        }
    }
}
