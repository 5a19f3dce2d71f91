using System.Runtime.InteropServices;
using Kata.Linux.Events;

namespace Kata.Linux.Processes;

/// <summary>
/// The parent's end of the report pipe. Its end without a report means that execve closed the other end (or that a signal ended the child first, which its
/// exit status tells). Owns the launch's native memory until then, whether or not anybody still waits.
/// </summary>
internal sealed class LaunchReport
{
    private readonly Fd _read;
    private LaunchTable? _table; // until it is known: the process may run for long
    private byte[]? _buffer;
    private readonly TaskCompletionSource _executed = new(); // what awaits it runs where Complete says
    private int _received;

    internal LaunchReport(Fd read, LaunchTable table)
    {
        _read = read;
        _table = table;
        _buffer = new byte[table.ReportLength + 16]; // and some single bytes of steps that only look for the parent
        ReadinessLoop.Shared.OnceReadable(read, Receive);
    }

    /// <summary>Completes when the program was executed; faults with <see cref="LaunchException"/>.</summary>
    internal Task Executed => _executed.Task;

    /// <summary>On the loop's thread.</summary>
    private void Receive(bool mayTakeTime)
    {
        Errno error;
        int count;
        byte[] buffer = _buffer!;
        do
        {
            error = FdIo.TryRead(_read, buffer.AsSpan(_received), out count);
            _received += count;
        }
        while (error == 0 && count > 0 && _received < buffer.Length);

        if (error == Errno.EAGAIN)
        {
            ReadinessLoop.Shared.OnceReadable(_read, Receive);
            return;
        }

        if (mayTakeTime)
        {
            Complete();
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(static report => report.Complete(), this, preferLocal: false);
        }
    }

    private void Complete()
    {
        LaunchException? failure = null;
        LaunchTable table = _table!;
        if (_received >= table.ReportLength)
        {
            byte[] report = _buffer![(_received - table.ReportLength).._received];
            failure = table.Explain(MemoryMarshal.Cast<byte, long>(report));
        }

        _read.Dispose();
        table.Dispose();
        (_table, _buffer) = (null, null);
        if (failure is null)
        {
            _executed.TrySetResult();
            return;
        }

        _executed.TrySetException(failure);
        _ = _executed.Task.Exception; // a launch nobody waits for is no unobserved failure: its exit status tells the same
    }
}
