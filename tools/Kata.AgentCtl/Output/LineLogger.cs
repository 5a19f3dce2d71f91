using Microsoft.Extensions.Logging;

namespace Kata.AgentCtl.Output;

/// <summary>Shows what the libraries log as lines on standard error.</summary>
internal sealed class LineLogger(LogLevel minimum) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= minimum && logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            string cause = exception is null ? "" : $": {exception.Message}";
            StandardOutput.WriteError($"kata-agent-ctl: {logLevel.ToString().ToLowerInvariant()}: {formatter(state, exception)}{cause}\n");
        }
    }
}
