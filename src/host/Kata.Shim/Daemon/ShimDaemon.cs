using System.Runtime.InteropServices;
using Kata.Configuration;
using Kata.Linux;
using Kata.Linux.Hosts;
using Kata.Linux.Sockets;
using Kata.Primitives;
using Kata.Runtime.Guests;
using Kata.Runtime.Health;
using Kata.Shim.CommandLine;
using Kata.Shim.Events;
using Kata.Shim.Logging;
using Kata.Shim.Tasks;
using Kata.Ttrpc;
using Microsoft.Extensions.Logging;
using Proto = Kata.Protocols.Task;

namespace Kata.Shim.Daemon;

/// <summary>The daemon: serves the Task service until containerd shuts it down, then leaves nothing behind.</summary>
internal static partial class ShimDaemon
{
    private const string EventsAddressVariable = "TTRPC_ADDRESS";

    /// <summary>Serves.</summary>
    public static async Task RunAsync(ShimFlags flags, string bundle)
    {
        OwnDescriptors.RaiseToHardLimit();
        using FdLogger logger = FdLogger.ToBundle(bundle, flags.Debug ? LogLevel.Debug : LogLevel.Warning, flags.Id);

        // containerd stops shims by the Shutdown call; a signal meant for its process group must not take containers with it.
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ignore);
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ignore);
        using var listener = new ContainerdListener(flags.Socket.Length > 0 ? UnixSockets.ListenFd(flags.Socket) : new Fd(DaemonLauncher.ListenerFd));
        using var ended = new CancellationTokenSource();
        var events = new EventPublisher(ConnectEventsAsync(flags), flags.Namespace, logger, new EventPublisherOptions());
        var tasks = new TaskLifecycle(
            new TaskCreator(logger, new ColdBootFactory()) { Configured = configuration => SetLevel(logger, flags, configuration) }, new TaskEvents(events), ended.Cancel, logger);
        var server = new TtrpcServer(logger, new TtrpcServerOptions { Interceptor = (call, next) => LogFailureAsync(logger, call, next) });
        Proto.Task.BindService(server, new TaskService(tasks));
        try
        {
            await server.ServeAsync(listener, ended.Token).ConfigureAwait(false);
        }
        finally
        {
            await tasks.DisposeAsync().ConfigureAwait(false);
            await events.DisposeAsync().ConfigureAwait(false);
            Teardown.Run(logger, "remove the socket", () => File.Delete(SocketPath(flags)));
        }
    }

    private static void SetLevel(FdLogger logger, ShimFlags flags, KataConfiguration configuration)
    {
        // What containerd was told on its command line holds in any case.
        if (!flags.Debug && RuntimeLogLevel.Of(configuration.Runtime) is { } level)
        {
            logger.Threshold = level;
        }
    }

    private static Func<CancellationToken, Task<Stream>> ConnectEventsAsync(ShimFlags flags)
    {
        string address = Environment.GetEnvironmentVariable(EventsAddressVariable) is { Length: > 0 } named ? named : $"{flags.Address}.ttrpc";
        string path = ShimAddress.PathOf(address) ?? address;
        return _ => Task.FromResult<Stream>(new FdStream(UnixSockets.ConnectFd(path)));
    }

    private static async Task LogFailureAsync(ILogger logger, TtrpcServerCall call, Func<Task> next)
    {
        try
        {
            await next().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            LogFailed(logger, call.Method.Name, error.Message);
            throw;
        }
    }

    // Derived once more rather than read from the bundle, which containerd may have removed by now.
    private static string SocketPath(ShimFlags flags) => ShimAddress.PathOf(ShimAddress.Of(flags, flags.Id))!;

    private static void Ignore(PosixSignalContext context) => context.Cancel = true;

    [LoggerMessage(EventId = 640, Level = LogLevel.Warning, Message = "{Method} failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, string method, string reason);
}
