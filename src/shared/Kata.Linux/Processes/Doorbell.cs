using System.Runtime.InteropServices;

namespace Kata.Linux.Processes;

/// <summary>
/// A flag that any thread sets and one thread waits for, by futex(2): a system call on each side, where a monitor takes a dozen and a descriptor would be one more.
/// Safe for concurrent use.
/// </summary>
internal sealed unsafe partial class Doorbell
{
    private const int WaitPrivate = 128; // FUTEX_WAIT | FUTEX_PRIVATE_FLAG
    private const int WakePrivate = 129; // FUTEX_WAKE | FUTEX_PRIVATE_FLAG

    // Not in the heap, whose objects move.
    private readonly int* _rung = (int*)NativeMemory.AllocZeroed(sizeof(int));

    /// <summary>Frees the flag, which nobody can reach any more.</summary>
    ~Doorbell() => NativeMemory.Free(_rung);

    /// <summary>Sets it.</summary>
    public void Ring()
    {
        if (Interlocked.Exchange(ref *_rung, 1) == 0)
        {
            _ = NativeFutex((nint)SystemCallNumbers.Futex, _rung, WakePrivate, 1, 0);
        }

        GC.KeepAlive(this);
    }

    /// <summary>Blocks until it is set, and clears it.</summary>
    public void Wait()
    {
        while (Interlocked.Exchange(ref *_rung, 0) == 0)
        {
            _ = NativeFutex((nint)SystemCallNumbers.Futex, _rung, WaitPrivate, 0, 0); // returns at once if it was set meanwhile
        }

        GC.KeepAlive(this);
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint NativeFutex(nint number, int* word, nint operation, nint value, nint timeout);
}
