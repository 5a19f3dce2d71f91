using System.Globalization;
using System.Text;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Shim.Logging;

/// <summary>One log entry as text: <c>time="…" level=… msg="…" key=value</c>, on one line whatever is in it.</summary>
internal static class LogfmtLine
{
    private const int MaxMessage = 8 * 1024;

    /// <summary>Formats an entry.</summary>
    /// <param name="at">When.</param>
    /// <param name="level">How bad.</param>
    /// <param name="message">What, in the logger's words.</param>
    /// <param name="sandbox">The sandbox the shim serves.</param>
    public static byte[] Format(DateTimeOffset at, LogLevel level, string message, string sandbox)
    {
        var line = new StringBuilder(message.Length + 160);
        line.Append(CultureInfo.InvariantCulture, $"time=\"{at:yyyy-MM-ddTHH:mm:ss.fffffffK}\" level={Name(level)} msg=\"{Printable.Escape(message, MaxMessage)}\"");
        line.Append(CultureInfo.InvariantCulture, $" name=containerd-shim-v2 pid={Environment.ProcessId} sandbox={sandbox} source=shim\n");
        return Encoding.UTF8.GetBytes(line.ToString());
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Error => "error",
        _ => "fatal",
    };
}
