using Microsoft.Extensions.Logging;

namespace Kata.Ttrpc;

public sealed partial class TtrpcServer
{
    [LoggerMessage(EventId = 200, Level = LogLevel.Warning, Message = "refused a connection from pid {Pid}, uid {Uid}: not allowed to use this socket")]
    private static partial void LogRefused(ILogger logger, int pid, uint uid);

    [LoggerMessage(EventId = 201, Level = LogLevel.Error, Message = "{Method} failed unexpectedly")]
    internal static partial void LogUnexpected(ILogger logger, string method, Exception error);

    [LoggerMessage(EventId = 202, Level = LogLevel.Warning, Message = "connection lost: {Reason}")]
    internal static partial void LogLost(ILogger logger, string reason);

    [LoggerMessage(EventId = 203, Level = LogLevel.Warning, Message = "connection closed while {Count} requests still ran")]
    internal static partial void LogAbandoned(ILogger logger, int count);

    [LoggerMessage(EventId = 204, Level = LogLevel.Warning, Message = "stream {Stream}: {Reason}")]
    internal static partial void LogProtocolError(ILogger logger, uint stream, string reason);

    [LoggerMessage(EventId = 205, Level = LogLevel.Warning, Message = "could not accept a connection: {Reason}")]
    private static partial void LogAcceptFailed(ILogger logger, string reason);

    [LoggerMessage(EventId = 206, Level = LogLevel.Information, Message = "the client began a new session; {Count} requests of the old one were cancelled")]
    internal static partial void LogNewSession(ILogger logger, int count);
}
