using System.Runtime.InteropServices;

namespace Kata.Linux.Processes;

/// <summary>The signals whose defaults a child sets itself, before it lets any through.</summary>
internal static unsafe partial class SignalResets
{
    private const int LastSignal = 64;
    private const int Kill = 9; // SIGKILL
    private const int Pipe = 13; // SIGPIPE
    private const int Stop = 19; // SIGSTOP
    private const nint Ignore = 1; // SIG_IGN
    private const int RecordCells = 4; // the kernel's struct sigaction: handler, flags, restorer, mask

    /// <summary>All that have one to set.</summary>
    internal static int[] All { get; } = [.. Enumerable.Range(1, LastSignal).Where(signal => signal is not (Kill or Stop))];

    /// <summary>
    /// What is left of them where the kernel resets handlers but lets ignored signals stay ignored: those that were when this was first asked. They do not change:
    /// the runtime leaves alone what it finds ignored, and ignores SIGPIPE only, whenever it comes to it.
    /// </summary>
    internal static int[] Ignored { get; } = [.. All.Where(signal => signal == Pipe || IsIgnored(signal))];

    // Without libc, which does not tell about the signals that it keeps for itself.
    private static bool IsIgnored(int signal)
    {
        nint* record = stackalloc nint[RecordCells];
        return NativeAction((nint)SystemCallNumbers.SignalAction, signal, null, record, sizeof(ulong)) == 0 && record[0] == Ignore;
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint NativeAction(nint number, nint signal, nint* action, nint* old, nint maskSize);
}
