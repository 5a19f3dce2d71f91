using Kata.Configuration;
using Microsoft.Extensions.Logging;

namespace Kata.Runtime.Health;

/// <summary>How much the runtime says, as the configuration wants it.</summary>
public static class RuntimeLogLevel
{
    /// <summary>The least level that is logged; null when the configuration does not say.</summary>
    public static LogLevel? Of(RuntimeConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return configuration.LogLevel switch
        {
            "trace" => LogLevel.Trace,
            "debug" => LogLevel.Debug,
            "info" => LogLevel.Information,
            "warn" or "warning" => LogLevel.Warning,
            "error" => LogLevel.Error,
            "fatal" or "panic" => LogLevel.Critical,
            _ => configuration.EnableDebug ? LogLevel.Debug : null,
        };
    }
}
