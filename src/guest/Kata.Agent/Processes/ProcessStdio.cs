using Kata.Linux;
using Kata.Linux.Paths;

namespace Kata.Agent.Processes;

/// <summary>The two sides of a process's standard streams: descriptors for the child, streams for the host.</summary>
internal sealed class ProcessStdio : IDisposable
{
    private readonly Fd[] _childSide;

    private ProcessStdio(Fd input, Fd output, Fd error, ProcessStreams streams)
    {
        _childSide = [input, output, error];
        Streams = streams;
    }

    /// <summary>What the child gets as 0, 1 and 2.</summary>
    public IReadOnlyList<Fd> ChildSide => _childSide;

    /// <summary>What the host reads and writes. Not disposed with this object.</summary>
    public ProcessStreams Streams { get; }

    /// <summary>Three pipes.</summary>
    /// <param name="owner">The user who may open them again through /dev/stdout.</param>
    /// <param name="pipeSize">Capacity of the output pipes in bytes; 0 for the kernel's default.</param>
    /// <param name="time">The clock of the streams.</param>
    /// <param name="memory">How many bytes the process may use.</param>
    public static ProcessStdio Pipes(uint owner, int pipeSize, TimeProvider time, Func<ulong> memory)
    {
        (Fd inputRead, Fd inputWrite) = Fd.Pipe();
        (Fd outputRead, Fd outputWrite) = Fd.Pipe();
        (Fd errorRead, Fd errorWrite) = Fd.Pipe();
        try
        {
            if (owner != 0)
            {
                foreach (Fd fd in (ReadOnlySpan<Fd>)[inputRead, outputWrite, errorWrite])
                {
                    FileAt.ChangeOwner(fd, owner, uint.MaxValue);
                }
            }

            if (pipeSize > 0)
            {
                PipeCapacity.Set(outputRead, pipeSize);
                PipeCapacity.Set(errorRead, pipeSize);
            }
        }
        catch
        {
            foreach (Fd fd in (ReadOnlySpan<Fd>)[inputRead, inputWrite, outputRead, outputWrite, errorRead, errorWrite])
            {
                fd.Dispose();
            }

            throw;
        }

        var input = new InputStream(inputWrite, isTerminal: false);
        var streams = new ProcessStreams(input, new OutputStream(outputRead, time, memory), new OutputStream(errorRead, time, memory));
        return new ProcessStdio(inputRead, outputWrite, errorWrite, streams);
    }

    /// <summary>A pseudo-terminal.</summary>
    /// <param name="terminal">Its two sides; taken over.</param>
    /// <param name="owner">The user it belongs to.</param>
    /// <param name="time">The clock of the streams.</param>
    public static ProcessStdio OnTerminal(TerminalPair terminal, uint owner, TimeProvider time)
    {
        FileAt.ChangeOwner(terminal.Slave, owner, uint.MaxValue);
        var input = new InputStream(terminal.Master.Duplicate(), isTerminal: true);
        var streams = new ProcessStreams(input, new OutputStream(terminal.Master.Duplicate(), time), terminal.Master);
        return new ProcessStdio(terminal.Slave, terminal.Slave, terminal.Slave, streams);
    }

    /// <summary>Closes the child's side here; the child has its own by then.</summary>
    public void Dispose()
    {
        foreach (Fd fd in _childSide)
        {
            fd.Dispose();
        }
    }
}
