using System.Net.Sockets;
using Kata.Agent.Rpc;
using Kata.Linux;
using Kata.Linux.Sockets;
using Kata.Ttrpc;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Serving;

/// <summary>Serves ttRPC at one or more addresses.</summary>
internal sealed partial class AgentServer
{
    private readonly AgentRpc _agent;
    private readonly HealthRpc _health;
    private readonly RequestFilter _filter;
    private readonly TtrpcServer _sockets;
    private readonly ILogger _logger;
    private readonly bool _seesOff;

    /// <summary>Binds the services.</summary>
    /// <param name="agent">The agent's service.</param>
    /// <param name="health">The health service.</param>
    /// <param name="filter">What every request passes.</param>
    /// <param name="seesOff">Whether the machine ends after the last answer, so that somebody has to see that it leaves.</param>
    /// <param name="logger">The log.</param>
    public AgentServer(AgentRpc agent, HealthRpc health, RequestFilter filter, bool seesOff, ILogger logger)
    {
        _seesOff = seesOff;
        _agent = agent;
        _health = health;
        _filter = filter;
        _logger = logger;
        _sockets = Bind(newSessions: false);
    }

    /// <summary>Serves at an address until cancelled.</summary>
    public Task ServeAsync(AgentAddress address, CancellationToken cancellationToken) => address switch
    {
        AgentAddress.Unix unix => ServeUnixAsync(unix.Path, cancellationToken),
        AgentAddress.Vsock vsock => ServeVsockAsync(new VsockAddress(vsock.Cid, vsock.Port), cancellationToken),
        AgentAddress.VirtioSerial serial => ServeNamedPortAsync(serial.PortName, cancellationToken),
        _ => throw new ArgumentOutOfRangeException(nameof(address)),
    };

    /// <summary>Serves on a virtio-serial port until cancelled; a host that leaves may come back.</summary>
    /// <param name="device">The port's device.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task ServePortAsync(string device, CancellationToken cancellationToken)
    {
        TtrpcServer server = Bind(newSessions: true);
        LogServing(_logger, device);
        while (!cancellationToken.IsCancellationRequested)
        {
            Fd port = Fd.Open(device, OpenFlags.ReadWrite | OpenFlags.NonBlocking);
            var stream = new FdStream(port, new FdStreamOptions { EmptyRead = EmptyRead.WaitForFirstByte });
            await using (stream.ConfigureAwait(false))
            {
                await server.ServeAsync(stream, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task ServeNamedPortAsync(string name, CancellationToken cancellationToken)
    {
        string device = await VirtioPorts.WaitAsync(name, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        await ServePortAsync(device, cancellationToken).ConfigureAwait(false);
    }

    private async Task ServeUnixAsync(string path, CancellationToken cancellationToken)
    {
        const uint OwnerOnly = 0x180; // 0600
        string address = path[0] == '@' ? '\0' + path[1..] : path;
        using Socket listener = UnixSockets.Listen(address, OwnerOnly);
        LogServing(_logger, path);
        await _sockets.ServeAsync(listener, cancellationToken).ConfigureAwait(false);
    }

    private async Task ServeVsockAsync(VsockAddress address, CancellationToken cancellationToken)
    {
        using GuestVsock port = GuestVsock.Listen(address, _logger);
        LogServing(_logger, address.ToString());
        await _sockets.ServeAsync(new VsockTtrpcListener(port), cancellationToken).ConfigureAwait(false);
    }

    private TtrpcServer Bind(bool newSessions)
    {
        var server = new TtrpcServer(_logger, new TtrpcServerOptions { Interceptor = _filter.RunAsync, AllowNewSessions = newSessions, SeeOff = _seesOff ? LastAnswer.SeeOffAsync : null });
        AgentBinding.Bind(server, _agent);
        AgentBinding.Bind(server, _health);
        return server;
    }

    // Not information: the first record written costs a start more than anything else the agent does by then.
    [LoggerMessage(EventId = 810, Level = LogLevel.Debug, Message = "serving at {Address}")]
    private static partial void LogServing(ILogger logger, string address);
}
