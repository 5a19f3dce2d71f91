using System.Net.Sockets;
using Grpc.Core;
using Kata.Linux;
using Kata.Linux.Sockets;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Ttrpc;
using Microsoft.Extensions.Logging;

namespace Kata.AgentClient;

/// <summary>Attempts to reach one agent, until it answers or there is a reason to stop.</summary>
internal sealed partial class AgentDialer(AgentAddress address, AgentDialOptions options)
{
    /// <summary>A guest boots within a few hundred of these.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    /// <summary>How often the reason to give up is asked for while an attempt waits.</summary>
    private static readonly TimeSpan WatchInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a hybrid vsock may take to say whether the guest listens.</summary>
    private static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan MarkerInterval = TimeSpan.FromMilliseconds(500);

    private string _lastFailure = "";

    public async Task<AgentConnection> DialAsync(CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(options.Timeout, options.TimeProvider);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var reason = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task watching = WatchAsync(reason, stop);
        try
        {
            return await AttemptUntilAsync(stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (reason.Task.IsCompleted)
        {
            throw new KataException(ErrorCode.Unavailable, await reason.Task.ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            string last = _lastFailure.Length == 0 ? "it accepted the connection but did not answer" : _lastFailure;
            throw new KataException(
                ErrorCode.DeadlineExceeded, $"agent at {address} did not answer within {options.Timeout.TotalSeconds:0.###} s: {last}");
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WatchAsync(TaskCompletionSource<string> reason, CancellationTokenSource stop)
    {
        while (options.GiveUpReason is not null)
        {
            if (options.GiveUpReason() is { } found)
            {
                reason.TrySetResult(found);
                await stop.CancelAsync().ConfigureAwait(false);
                return;
            }

            await Task.Delay(WatchInterval, options.TimeProvider, stop.Token).ConfigureAwait(false);
        }
    }

    private async Task<AgentConnection> AttemptUntilAsync(CancellationToken stop)
    {
        for (TimeSpan pause = FirstPause; ; pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks)))
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                return await AttemptAsync(stop).ConfigureAwait(false);
            }
            catch (Exception error) when (error is SocketException or IOException or LinuxException or RpcException)
            {
                // Not there yet: that is what dialling is for. The last failure is told if it never comes, also if it is the deadline that comes now.
                _lastFailure = Printable.Escape(error is RpcException rpc ? rpc.Status.Detail : error.Message, 500);
                LogNotYet(options.Logger, address, _lastFailure);
            }

            await Task.Delay(pause, options.TimeProvider, stop).ConfigureAwait(false);
        }
    }

    private async Task<AgentConnection> AttemptAsync(CancellationToken stop)
    {
        Stream stream = await ConnectAsync(stop).ConfigureAwait(false);
        var client = new TtrpcClient(stream, new TtrpcClientOptions { TimeProvider = options.TimeProvider });
        try
        {
            var connection = new AgentConnection(address, client, options.Deadlines, options.TimeProvider);
            if (address.Transport == AgentTransport.VirtioSerial)
            {
                return connection; // it answered when the session was opened, and one question less is a hundredth of a start under translation
            }

            HealthCheckResponse health = await connection.Health.CheckAsync(new CheckRequest(), cancellationToken: stop).ConfigureAwait(false);
            return health.Status == HealthCheckResponse.Types.ServingStatus.Serving
                ? connection
                : throw new IOException("the agent answers that it does not serve");
        }
        catch (RpcException error) when (stop.IsCancellationRequested)
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw new OperationCanceledException(error.Message, error, stop);
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<Stream> ConnectAsync(CancellationToken stop)
    {
        if (address.Transport == AgentTransport.Vsock)
        {
            return await VsockStream.ConnectAsync(new VsockAddress(address.ContextId, address.Port), stop).ConfigureAwait(false);
        }

        Stream stream = await ConnectUnixAsync(stop).ConfigureAwait(false);
        try
        {
            switch (address.Transport)
            {
                case AgentTransport.HybridVsock:
                    await HybridVsockHandshake.RunAsync(stream, address.Port, HandshakeTimeout, options.TimeProvider, stop).ConfigureAwait(false);
                    break;
                case AgentTransport.VirtioSerial:
                    // The bytes wait in the socket until the guest opens its port, so one attempt lasts as long as it takes.
                    await TtrpcSession.EstablishAsync(stream, MarkerInterval, options.TimeProvider, stop).ConfigureAwait(false);
                    break;
                default:
                    break;
            }

            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<Stream> ConnectUnixAsync(CancellationToken stop)
    {
        if (!address.Path.StartsWith('@'))
        {
            return new FdStream(UnixSockets.ConnectFd(address.Path));
        }

        string path = $"\0{address.Path[1..]}";
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), stop).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    [LoggerMessage(EventId = 400, Level = LogLevel.Debug, Message = "agent at {Address} does not answer yet: {Reason}")]
    private static partial void LogNotYet(ILogger logger, AgentAddress address, string reason);
}
