using Kata.Linux.Events;

namespace Kata.Linux;

/// <summary>Whether anyone has the other end of a pipe or FIFO.</summary>
public static class PipeReaders
{
    /// <summary>Whether anyone, this process included, has it open for reading.</summary>
    /// <param name="end">A descriptor of a pipe or FIFO that is for writing only.</param>
    /// <exception cref="LinuxException">As poll(2).</exception>
    public static bool Exist(Fd end)
    {
        ArgumentNullException.ThrowIfNull(end);
        return (PollCalls.PollOne(end, events: 0, timeout: 0) & PollCalls.Error) == 0;
    }
}
