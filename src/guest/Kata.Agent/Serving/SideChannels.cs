using Kata.Linux.Sockets;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Serving;

/// <summary>Finds the ways on which the host can reach something else than ttRPC.</summary>
internal static partial class SideChannels
{
    /// <summary>The name of the virtio-serial port of the debug console.</summary>
    public const string ConsolePort = "org.kata-containers.debug-console.0";

    /// <summary>The name of the virtio-serial port of the log.</summary>
    public const string LogPort = "org.kata-containers.log.0";

    // Ports are announced within milliseconds of the agent's own.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>All there are: the vsock port that the host asked for, if the guest has vsock, and the virtio-serial port, if there is one of the name.</summary>
    /// <param name="vsock">The vsock port and the context to listen on; port 0 for none.</param>
    /// <param name="portName">The virtio-serial port.</param>
    /// <param name="logger">Where a failure goes.</param>
    /// <param name="cancellationToken">Gives up waiting for the virtio-serial port to be announced.</param>
    public static async Task<IReadOnlyList<IConnectionSource>> OpenAsync(VsockAddress vsock, string portName, ILogger logger, CancellationToken cancellationToken)
    {
        var sources = new List<IConnectionSource>();
        if (vsock.Port > 0 && File.Exists("/dev/vsock"))
        {
            Add(sources, () => new VsockSource(GuestVsock.Listen(vsock, logger)), vsock.ToString(), logger);
        }

        if (VirtioPorts.HasDevice())
        {
            try
            {
                string device = await VirtioPorts.WaitAsync(portName, Patience, TimeProvider.System, cancellationToken).ConfigureAwait(false);
                Add(sources, () => new VirtioPortSource(device), portName, logger);
            }
            catch (KataException error) when (error.Code == ErrorCode.DeadlineExceeded)
            {
                LogMissing(logger, portName, error.Message); // most machines have no such port
            }
        }

        return sources;
    }

    private static void Add(List<IConnectionSource> sources, Func<IConnectionSource> open, string name, ILogger logger)
    {
        try
        {
            sources.Add(open());
        }
        catch (KataException error)
        {
            LogFailed(logger, name, error.Message);
        }
    }

    [LoggerMessage(EventId = 812, Level = LogLevel.Debug, Message = "nothing is served on {Port}: {Reason}")]
    private static partial void LogMissing(ILogger logger, string port, string reason);

    [LoggerMessage(EventId = 813, Level = LogLevel.Warning, Message = "nothing is served on {Port}: {Reason}")]
    private static partial void LogFailed(ILogger logger, string port, string reason);
}
