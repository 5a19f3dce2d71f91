using Kata.Linux;
using Microsoft.Extensions.Logging;

namespace Kata.Shim.Logging;

/// <summary>Writes log lines to a descriptor: containerd's FIFO for a daemon, standard error otherwise. Never blocks; what does not fit is dropped.</summary>
internal sealed class FdLogger(Fd target, LogLevel threshold, string sandbox) : ILogger, IDisposable
{
    private const string FifoName = "log";

    private readonly Lock _gate = new();

    /// <summary>The least level that is written.</summary>
    public LogLevel Threshold { get; set; } = threshold;

    /// <summary>Logs to the FIFO <c>log</c> in a bundle; to nowhere when there is none.</summary>
    public static FdLogger ToBundle(string bundle, LogLevel threshold, string sandbox)
    {
        string path = Path.Combine(bundle, FifoName);
        OpenFlags flags = OpenFlags.ReadWrite | OpenFlags.NonBlocking;
        Fd target = Fd.Open(File.Exists(path) ? path : "/dev/null", flags);
        return new FdLogger(target, threshold, sandbox);
    }

    /// <summary>Logs to standard error.</summary>
    public static FdLogger ToStandardError(LogLevel threshold, string sandbox) => new(new Fd(2, owns: false), threshold, sandbox);

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= Threshold && logLevel != LogLevel.None;

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        string message = formatter(state, exception);
        byte[] line = LogfmtLine.Format(TimeProvider.System.GetUtcNow(), logLevel, exception is null ? message : $"{message}: {exception.Message}", sandbox);
        lock (_gate)
        {
            // A line that does not fit is lost as a whole or in part; a log must never hold the shim up.
            _ = FdIo.TryWrite(target, line, out _);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => target.Dispose();
}
