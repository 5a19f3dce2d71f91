using System.Runtime.InteropServices;
using Grpc.Core;
using Kata.AgentClient;
using Kata.AgentCtl.CommandLine;
using Kata.AgentCtl.Output;
using Kata.AgentCtl.Terminal;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.AgentCtl.Sessions;

/// <summary><c>connect</c>: dials the agent, runs the commands given, then those of standard input.</summary>
internal sealed class ConnectRun : IDisposable
{
    private const int InterruptedCode = 130; // as a shell reports Ctrl-C

    private readonly ConnectOptions _options;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly PosixSignalRegistration _interrupt;
    private CancellationTokenSource _running = new();
    private bool _busy = true;
    private bool _atTerminal;

    private ConnectRun(ConnectOptions options, ILogger logger)
    {
        _options = options;
        _logger = logger;
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            // It ends the command that runs. Where none does, it ends us: at a terminal the line editor has made a key of it.
            lock (_gate)
            {
                context.Cancel = _busy || _atTerminal;
                if (_busy)
                {
                    _running.Cancel();
                }
            }
        });
    }

    /// <summary>Runs.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> ExecuteAsync(ConnectOptions options, ILogger logger)
    {
        using var run = new ConnectRun(options, logger);
        return await run.RunAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _interrupt.Dispose();
        _running.Dispose();
    }

    private async Task<int> RunAsync()
    {
        AgentConnection? connection = null;
        try
        {
            connection = _options.DryRun ? null : await DialAsync().ConfigureAwait(false);
            var runner = new CommandRunner(
                new Session(_options.Bundle, !_options.NoAutoValues),
                connection,
                new CommandSettings
                {
                    Timeout = _options.Timeout,
                    DryRun = _options.DryRun,
                    Raw = _options.Raw,
                    Write = bytes => StandardOutput.Write(bytes.Span),
                });
            return await RunAsync(runner).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_running.IsCancellationRequested)
        {
            return InterruptedCode;
        }
        catch (KataException error) when (error.Code is ErrorCode.DeadlineExceeded or ErrorCode.Unavailable)
        {
            StandardOutput.WriteError($"kata-agent-ctl: {error.Message}\n");
            return ExitCodes.Unreachable;
        }
        finally
        {
            if (connection is not null)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private Task<AgentConnection> DialAsync() =>
        AgentConnection.DialAsync(_options.Address!.ToString(), new AgentDialOptions { Timeout = _options.DialTimeout, Logger = _logger }, _running.Token);

    private async Task<int> RunAsync(CommandRunner runner)
    {
        bool failed = false;
        for (long round = 0; (_options.Repeat == -1 || round < _options.Repeat) && _options.Commands.Count > 0 && !runner.Ended; round++)
        {
            foreach (string command in _options.Commands)
            {
                int code = await RunLineAsync(runner, command).ConfigureAwait(false);
                failed |= code != ExitCodes.Success;
                if (code is ExitCodes.Unreachable or InterruptedCode || (code != ExitCodes.Success && !_options.IgnoreErrors))
                {
                    return code;
                }

                if (runner.Ended)
                {
                    break;
                }
            }
        }

        if (_options.Interactive && !runner.Ended)
        {
            int code = await RunLinesAsync(runner).ConfigureAwait(false);
            return code != ExitCodes.Success ? code : failed ? ExitCodes.CommandFailed : code;
        }

        return failed ? ExitCodes.CommandFailed : ExitCodes.Success;
    }

    private async Task<int> RunLinesAsync(CommandRunner runner)
    {
        using ILineSource lines = LineSources.Open(runner.Session);
        bool failed = false;
        _atTerminal = lines.IsTerminal; // a second Ctrl-C just before the editor takes over must not end the session
        while (!runner.Ended && NextLine(lines) is { } line)
        {
            int code = await RunLineAsync(runner, line).ConfigureAwait(false);
            if (code == ExitCodes.Unreachable)
            {
                return code;
            }

            // At a terminal a mistake is corrected in the next line. In a script it ends the script, as it does for commands given with -c.
            failed |= code != ExitCodes.Success;
            if (failed && !lines.IsTerminal && !_options.IgnoreErrors)
            {
                return code;
            }
        }

        return failed && !lines.IsTerminal ? ExitCodes.CommandFailed : ExitCodes.Success;
    }

    private string? NextLine(ILineSource lines)
    {
        lock (_gate)
        {
            _busy = false;
        }

        return lines.Next();
    }

    private async Task<int> RunLineAsync(CommandRunner runner, string line)
    {
        lock (_gate)
        {
            _busy = true;
            if (_running.IsCancellationRequested)
            {
                _running.Dispose();
                _running = new CancellationTokenSource();
            }
        }

        try
        {
            await runner.RunAsync(line, _running.Token).ConfigureAwait(false);
            return ExitCodes.Success;
        }
        catch (Exception error) when (_running.IsCancellationRequested && error is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
        {
            StandardOutput.WriteError("kata-agent-ctl: interrupted\n");
            return InterruptedCode;
        }
        catch (KataException error)
        {
            StandardOutput.WriteError($"kata-agent-ctl: {error.Message}\n");
            return ExitCodes.CommandFailed;
        }
        catch (RpcException error)
        {
            string command = line.Trim().Split(' ')[0];
            StandardOutput.WriteError($"kata-agent-ctl: {Printable.Escape(command, maxLength: 64)}: {error.StatusCode}: {error.Status.Detail}\n");
            return runner.ConnectionLost ? ExitCodes.Unreachable : ExitCodes.CommandFailed;
        }
    }
}
