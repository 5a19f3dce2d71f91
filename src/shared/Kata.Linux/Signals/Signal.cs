namespace Kata.Linux.Signals;

/// <summary>Signals with names; the numbers are those of x86-64 and arm64. The real-time signals 32 to 64 have none.</summary>
#pragma warning disable CA1008 // 0 is no signal.
public enum Signal
#pragma warning restore CA1008
{
    /// <summary>SIGHUP. The terminal or the controlling process is gone.</summary>
    HangUp = 1,
    /// <summary>SIGINT. Interrupt from the keyboard.</summary>
    Interrupt = 2,
    /// <summary>SIGQUIT. Quit from the keyboard, with a core dump.</summary>
    Quit = 3,
    /// <summary>SIGILL. Illegal instruction.</summary>
    IllegalInstruction = 4,
    /// <summary>SIGTRAP. Trace or breakpoint trap.</summary>
    Trap = 5,
    /// <summary>SIGABRT. abort(3).</summary>
    Abort = 6,
    /// <summary>SIGBUS. Bus error.</summary>
    BusError = 7,
    /// <summary>SIGFPE. Arithmetic error.</summary>
    ArithmeticError = 8,
    /// <summary>SIGKILL. End at once; cannot be caught.</summary>
    Kill = 9,
    /// <summary>SIGUSR1. For the program to define.</summary>
    User1 = 10,
    /// <summary>SIGSEGV. Invalid memory access.</summary>
    SegmentationFault = 11,
    /// <summary>SIGUSR2. For the program to define.</summary>
    User2 = 12,
    /// <summary>SIGPIPE. Write to a pipe without readers.</summary>
    BrokenPipe = 13,
    /// <summary>SIGALRM. alarm(2).</summary>
    Alarm = 14,
    /// <summary>SIGTERM. End.</summary>
    Terminate = 15,
    /// <summary>SIGSTKFLT. Unused.</summary>
    StackFault = 16,
    /// <summary>SIGCHLD. A child stopped or ended.</summary>
    Child = 17,
    /// <summary>SIGCONT. Continue.</summary>
    Continue = 18,
    /// <summary>SIGSTOP. Stop; cannot be caught.</summary>
    Stop = 19,
    /// <summary>SIGTSTP. Stop from the keyboard.</summary>
    TerminalStop = 20,
    /// <summary>SIGTTIN. Terminal input in the background.</summary>
    TerminalInput = 21,
    /// <summary>SIGTTOU. Terminal output in the background.</summary>
    TerminalOutput = 22,
    /// <summary>SIGURG. Urgent data on a socket.</summary>
    Urgent = 23,
    /// <summary>SIGXCPU. CPU time limit.</summary>
    CpuLimit = 24,
    /// <summary>SIGXFSZ. File size limit.</summary>
    FileSizeLimit = 25,
    /// <summary>SIGVTALRM. Virtual timer.</summary>
    VirtualAlarm = 26,
    /// <summary>SIGPROF. Profiling timer.</summary>
    Profile = 27,
    /// <summary>SIGWINCH. The terminal changed its size.</summary>
    WindowChange = 28,
    /// <summary>SIGIO. Input or output is possible.</summary>
    InputOutput = 29,
    /// <summary>SIGPWR. Power failure.</summary>
    PowerFailure = 30,
    /// <summary>SIGSYS. Bad system call.</summary>
    BadSystemCall = 31,
}
