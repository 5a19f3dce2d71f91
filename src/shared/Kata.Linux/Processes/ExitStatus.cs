namespace Kata.Linux.Processes;

/// <summary>How a process ended, in the encoding of waitpid(2).</summary>
/// <param name="WaitStatus">The status word of waitpid(2).</param>
public readonly record struct ExitStatus(int WaitStatus)
{
    /// <summary>Whether the process called exit.</summary>
    public bool Exited => (WaitStatus & 0x7f) == 0;

    /// <summary>What it passed to exit, 0 to 255; 0 when a signal ended it.</summary>
    public int ExitCode => Exited ? (WaitStatus >> 8) & 0xff : 0;

    /// <summary>Whether a signal ended it.</summary>
    public bool Signaled => !Exited && (WaitStatus & 0x7f) != 0x7f;

    /// <summary>The signal that ended it; 0 when it called exit.</summary>
    public int Signal => Signaled ? WaitStatus & 0x7f : 0;

    /// <summary>Whether the signal left a core dump.</summary>
    public bool CoreDumped => Signaled && (WaitStatus & 0x80) != 0;

    /// <summary>The one number a shell makes of it: the exit code, or 128 and the signal.</summary>
    public int ShellCode => Signaled ? 128 + Signal : ExitCode;

    /// <summary>The status of a process that called exit.</summary>
    /// <param name="code">0 to 255.</param>
    public static ExitStatus FromExitCode(int code) => new((code & 0xff) << 8);

    /// <summary>The status of a process that a signal ended.</summary>
    /// <param name="signal">1 to 64.</param>
    public static ExitStatus FromSignal(int signal) => new(signal & 0x7f);

    /// <summary>In words: "exit code 3" or "signal 9".</summary>
    public override string ToString() => Signaled ? $"signal {Signal}{(CoreDumped ? " (core dumped)" : string.Empty)}" : $"exit code {ExitCode}";
}
