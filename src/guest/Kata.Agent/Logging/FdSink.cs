using Kata.Linux;

namespace Kata.Agent.Logging;

/// <summary>Writes each record at once to a descriptor, which the caller keeps open.</summary>
internal sealed class FdSink(Fd sink) : IRecordSink
{
    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> record)
    {
        try
        {
            FdIo.WriteAll(sink, record);
        }
        catch (LinuxException)
        {
            // The console is gone or full: there is nowhere left to say so, and serving goes on without it.
            return;
        }
    }
}
