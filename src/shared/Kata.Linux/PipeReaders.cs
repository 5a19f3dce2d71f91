using Kata.Linux.Events;

namespace Kata.Linux;

/// <summary>Whether anyone has the other end of a pipe or FIFO.</summary>
public static class PipeReaders
{
    /// <summary>Whether anyone, this process included, has it open for reading.</summary>
    /// <param name="end">A descriptor of a pipe or FIFO that is for writing only.</param>
    /// <exception cref="LinuxException">As poll(2).</exception>
    public static unsafe bool Exist(Fd end)
    {
        ArgumentNullException.ThrowIfNull(end);
        var record = new PollRecord { Fd = end.Value, Events = 0 };
        while (PollCalls.Poll(&record, 1, timeout: 0) < 0)
        {
            if (LinuxException.LastErrno() is var error && error != Errno.EINTR)
            {
                throw new LinuxException("poll", error, end.Value);
            }
        }

        return ((uint)(ushort)record.Returned & PollCalls.Error) == 0;
    }
}
