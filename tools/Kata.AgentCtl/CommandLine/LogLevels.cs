using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.AgentCtl.CommandLine;

/// <summary>Log levels by the names that the agent knows.</summary>
internal static class LogLevels
{
    /// <summary>Reads a name.</summary>
    /// <exception cref="KataException">InvalidArgument: there is no such level.</exception>
    public static LogLevel Parse(string name) => name.ToUpperInvariant() switch
    {
        "FATAL" or "PANIC" or "CRITICAL" => LogLevel.Critical,
        "ERROR" => LogLevel.Error,
        "WARN" or "WARNING" => LogLevel.Warning,
        "INFO" => LogLevel.Information,
        "DEBUG" => LogLevel.Debug,
        "TRACE" => LogLevel.Trace,
        _ => throw KataException.Invalid($"--log-level: {Printable.Escape(name, maxLength: 32)} is none of critical, error, warn, info, debug, trace"),
    };
}
