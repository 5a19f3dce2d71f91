using System.Globalization;
using System.Text;
using Kata.Linux;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Logging;

/// <summary>
/// Writes one JSON object per record to a descriptor, with the fields that upstream's log tools read. It needs no thread, and a record is one write, so
/// records of several threads do not mix.
/// </summary>
public sealed class JsonLineLogger : ILogger
{
    private const int MaxText = 4096;

    private readonly IRecordSink _sink;
    private readonly LogLevel _minimum;
    private readonly TimeProvider _time;
    private readonly string _version;
    private string? _tail; // made with the first record: most guests never write one

    /// <summary>Writes to a descriptor, which the caller keeps open.</summary>
    /// <param name="sink">Where records go.</param>
    /// <param name="minimum">The least severe level that is written.</param>
    /// <param name="version">The agent's version, a field of each record.</param>
    /// <param name="time">The clock for time stamps.</param>
    public JsonLineLogger(Fd sink, LogLevel minimum, string version, TimeProvider time)
        : this(new FdSink(sink), minimum, version, time)
    {
    }

    /// <summary>Writes to a sink.</summary>
    internal JsonLineLogger(IRecordSink sink, LogLevel minimum, string version, TimeProvider time)
    {
        _sink = sink;
        _minimum = minimum;
        _time = time;
        _version = version;
    }

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= _minimum && logLevel != LogLevel.None;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        if (!IsEnabled(logLevel))
        {
            return;
        }

        _tail ??= string.Create(
            CultureInfo.InvariantCulture,
            $"\",\"name\":\"kata-agent\",\"pid\":\"{Environment.ProcessId}\",\"source\":\"agent\",\"version\":\"{_version}\",\"subsystem\":\"");
        var line = new StringBuilder(256);
        line.Append("{\"msg\":\"").Append(JsonEscape(formatter(state, exception)));
        line.Append("\",\"level\":\"").Append(Name(logLevel));
        line.Append("\",\"ts\":\"").Append(_time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture));
        line.Append(_tail).Append(Subsystem(eventId)).Append('"');
        if (exception is not null)
        {
            line.Append(",\"error\":\"").Append(JsonEscape(exception.ToString())).Append('"');
        }

        _sink.Write(Encoding.UTF8.GetBytes(line.Append("}\n").ToString()));
    }

    private static string Subsystem(EventId id) => id.Id switch
    {
        < 200 => "system",
        < 300 => "ttrpc",
        < 820 => "boot",
        < 840 => "rpc",
        _ => "container",
    };

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Critical => "CRIT",
        LogLevel.Error => "ERRO",
        LogLevel.Warning => "WARN",
        LogLevel.Information => "INFO",
        LogLevel.Debug => "DEBG",
        _ => "TRCE",
    };

    // Printable leaves quotes, backslashes and controls in forms that JSON reads back.
    private static string JsonEscape(string text) => Printable.Escape(text, MaxText);
}
