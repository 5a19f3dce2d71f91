using Microsoft.Extensions.Logging;

namespace Kata.Hypervisors.Qemu;

internal sealed partial class QemuMachine
{
    [LoggerMessage(EventId = 310, Level = LogLevel.Information, Message = "machine {Sandbox} runs in qemu, pid {Pid}, under {Accelerator}")]
    private static partial void LogRunning(ILogger logger, string sandbox, int pid, string accelerator);

    [LoggerMessage(EventId = 311, Level = LogLevel.Information, Message = "machine {Sandbox} did not end in order and is killed: {Reason}")]
    private static partial void LogKilled(ILogger logger, string sandbox, string reason);

    [LoggerMessage(EventId = 312, Level = LogLevel.Information, Message = "machine {Sandbox} ended: {Reason}; asked for: {Requested}")]
    private static partial void LogEnded(ILogger logger, string sandbox, string reason, bool requested);
}
