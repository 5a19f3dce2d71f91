using System.Runtime.InteropServices;

namespace Kata.Linux.Processes;

/// <summary>siginfo_t as waitid(2) fills it in.</summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct SignalInfo
{
    internal const int CodeExited = 1; // CLD_EXITED
    internal const int CodeKilled = 2; // CLD_KILLED
    internal const int CodeDumped = 3; // CLD_DUMPED

    [FieldOffset(0)]
    internal int Signal;

    [FieldOffset(8)]
    internal int Code;

    [FieldOffset(16)]
    internal int Pid;

    [FieldOffset(24)]
    internal int Status;

    /// <summary>The same in the encoding of waitpid(2).</summary>
    internal readonly ExitStatus ToExitStatus() => Code switch
    {
        CodeExited => ExitStatus.FromExitCode(Status),
        CodeDumped => new ExitStatus((Status & 0x7f) | 0x80),
        _ => ExitStatus.FromSignal(Status),
    };
}
