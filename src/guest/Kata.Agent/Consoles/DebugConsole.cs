using Kata.Agent.Serving;
using Kata.Linux;
using Kata.Linux.Processes;
using Kata.Linux.Sockets;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Consoles;

/// <summary>
/// A shell of the guest's own for whoever connects: root, outside all containers. Only where the host asked for it. Every connection has a terminal of its own.
/// </summary>
internal sealed partial class DebugConsole(ChildReaper reaper, TimeProvider time, ILogger logger)
{
    private const int MaxSessions = 32;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly string[] Shells = ["/bin/bash", "/bin/sh"];

    private int _sessions;

    /// <summary>Serves until cancelled.</summary>
    /// <param name="vsock">Where to listen; port 0 for none: then the console device serves, if there is no virtio-serial port either.</param>
    /// <param name="cancellationToken">Ends it, sessions included.</param>
    public async Task RunAsync(VsockAddress vsock, CancellationToken cancellationToken)
    {
        string? shell = Shells.FirstOrDefault(File.Exists);
        if (shell is null)
        {
            LogNoShell(logger, string.Join(" nor ", Shells));
            return;
        }

        IReadOnlyList<IConnectionSource> sources =
            await SideChannels.OpenAsync(vsock, SideChannels.ConsolePort, logger, cancellationToken).ConfigureAwait(false);
        if (sources.Count > 0)
        {
            await Task.WhenAll(sources.Select(source => ServeAsync(source, shell, cancellationToken))).ConfigureAwait(false);
        }
        else if (vsock.Port == 0)
        {
            await ServeConsoleDeviceAsync(shell, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            LogNoChannel(logger, vsock.Port);
        }
    }

    private async Task ServeAsync(IConnectionSource source, string shell, CancellationToken cancellationToken)
    {
        LogServing(logger, source.Name);
        var sessions = new ServedConnections();
        using (source)
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                try
                {
                    (FdStream stream, byte[] begun) = await source.AcceptAsync(firstByte: true, cancellationToken).ConfigureAwait(false);
                    Task session = RunSessionAsync(stream, begun, shell, cancellationToken);
                    sessions.Add(session);
                    if (source is VirtioPortSource)
                    {
                        await session.ConfigureAwait(false); // the port is one line
                    }
                }
                catch (OperationCanceledException)
                {
                    break;
                }
                catch (Exception error) when (error is KataException or IOException)
                {
                    LogFailed(logger, source.Name, error.Message);
                    await PauseAsync(cancellationToken).ConfigureAwait(false);
                }
            }
        }

        await sessions.WhenAllAsync().ConfigureAwait(false);
    }

    private async Task RunSessionAsync(FdStream stream, byte[] begun, string shell, CancellationToken cancellationToken)
    {
        await using (stream.ConfigureAwait(false))
        {
            try
            {
                if (Interlocked.Increment(ref _sessions) > MaxSessions)
                {
                    throw new KataException(ErrorCode.ResourceExhausted, $"there are {MaxSessions} sessions already");
                }

                await ShellSession.RunAsync(reaper, time, shell, stream, begun, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception error) when (error is KataException or IOException or OperationCanceledException)
            {
                LogSession(logger, error.Message);
            }
            finally
            {
                Interlocked.Decrement(ref _sessions);
            }
        }
    }

    /// <summary>One shell after the other on the console, as long as it has one.</summary>
    private async Task ServeConsoleDeviceAsync(string shell, CancellationToken cancellationToken)
    {
        LogServing(logger, "/dev/console");
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                using Fd console = Fd.Open("/dev/console", OpenFlags.ReadWrite | OpenFlags.NoControllingTerminal);
                using ProcessProgram program = ShellSession.Program(shell, console, controlling: false);
                (LaunchedProcess process, Task<ExitStatus> exit) = reaper.Launch(program, new LaunchOptions { ShareMemory = true });
                using (process)
                {
                    await exit.WaitAsync(cancellationToken).ConfigureAwait(false);
                }
            }
            catch (KataException error)
            {
                LogFailed(logger, "/dev/console", error.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await PauseAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // A shell that ends at once, or a port that cannot be opened, must not keep the guest busy.
    private Task PauseAsync(CancellationToken cancellationToken) =>
        Task.Delay(Pause, time, cancellationToken).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    [LoggerMessage(EventId = 814, Level = LogLevel.Warning, Message = "the debug console is open to the host at {Address}")]
    private static partial void LogServing(ILogger logger, string address);

    [LoggerMessage(EventId = 815, Level = LogLevel.Error, Message = "there is no debug console: the guest has neither {Shells}")]
    private static partial void LogNoShell(ILogger logger, string shells);

    [LoggerMessage(EventId = 816, Level = LogLevel.Error, Message = "there is no debug console: the guest has no vsock for port {Port}, and no virtio-serial port for it")]
    private static partial void LogNoChannel(ILogger logger, uint port);

    [LoggerMessage(EventId = 817, Level = LogLevel.Warning, Message = "the debug console at {Address} failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, string address, string reason);

    [LoggerMessage(EventId = 818, Level = LogLevel.Information, Message = "a session of the debug console ended: {Reason}")]
    private static partial void LogSession(ILogger logger, string reason);
}
