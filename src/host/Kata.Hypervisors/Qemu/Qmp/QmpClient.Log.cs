using Microsoft.Extensions.Logging;

namespace Kata.Hypervisors.Qemu.Qmp;

internal sealed partial class QmpClient
{
    [LoggerMessage(EventId = 300, Level = LogLevel.Warning, Message = "qmp: {Reason}")]
    private static partial void LogBroken(ILogger logger, string reason);

    [LoggerMessage(EventId = 301, Level = LogLevel.Debug, Message = "qmp: reply to {CommandId}, which nobody waits for")]
    private static partial void LogUnknownReply(ILogger logger, long commandId);
}
