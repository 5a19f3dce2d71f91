using Kata.Linux;

namespace Kata.Agent.Processes;

/// <summary>
/// A pipe of the agent's own, into which much output is moved, page by page and uncopied, before it goes to the host. How much it is has to be said before the
/// first byte, and only what is here cannot be taken back: a process may open its own output for reading. Holds one piece at a time. Safe for concurrent use.
/// </summary>
internal sealed class OutputPipe : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Fd _read;
    private readonly Fd _write;
    private bool _taken;
    private bool _closed;

    private OutputPipe(Fd read, Fd write) => (_read, _write) = (read, write);

    /// <summary>Makes one; null when descriptors or pipe buffers are short, which is not worth failing for.</summary>
    /// <param name="capacity">In bytes.</param>
    public static OutputPipe? TryMake(int capacity)
    {
        try
        {
            (Fd read, Fd write) = Fd.Pipe();
            _ = PipeCapacity.TrySet(read, capacity);
            return new OutputPipe(read, write);
        }
        catch (LinuxException error) when (error.Errno is Errno.EMFILE or Errno.ENFILE)
        {
            return null;
        }
    }

    /// <summary>Whether it is of no use any more.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_gate)
            {
                return _closed;
            }
        }
    }

    /// <summary>Moves what is in a process's pipe here.</summary>
    /// <param name="source">The process's pipe, non-blocking.</param>
    /// <param name="most">The most bytes to move, at least 1.</param>
    /// <returns>Null when nothing was moved: there is nothing, it is the end, the source is no pipe, or the last piece is still on its way.</returns>
    public PipedOutput? TryMove(Fd source, int most)
    {
        lock (_gate)
        {
            if (_taken || _closed || Splice.TryMove(source, _write, most, out int count) != 0 || count == 0)
            {
                return null;
            }

            _taken = true;
            return new PipedOutput(this, _read, count);
        }
    }

    /// <summary>A piece is done with.</summary>
    /// <param name="isEmpty">Whether all of it has left; if not, the pipe is of no further use.</param>
    public void Return(bool isEmpty)
    {
        lock (_gate)
        {
            _taken = false;
            if (_closed || !isEmpty)
            {
                Close();
            }
        }
    }

    /// <summary>Closes it, once the piece in it is done with.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            if (!_taken)
            {
                Close();
            }
        }
    }

    private void Close()
    {
        _closed = true;
        _read.Dispose();
        _write.Dispose();
    }
}
