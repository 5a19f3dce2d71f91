using Microsoft.Extensions.Logging;

namespace Kata.Cli.Output;

/// <summary>Shows what the libraries log as lines on standard error.</summary>
internal sealed class LineLogger(ProgressLine progress, LogLevel minimum) : ILogger
{
    /// <summary>The least level that is shown.</summary>
    public LogLevel Minimum { get; set; } = minimum;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= Minimum && logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            string cause = exception is null ? "" : $": {exception.Message}";
            progress.WriteLine($"kata-runtime: {logLevel.ToString().ToLowerInvariant()}: {formatter(state, exception)}{cause}");
        }
    }
}
