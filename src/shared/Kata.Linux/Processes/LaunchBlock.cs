using System.Runtime.InteropServices;

namespace Kata.Linux.Processes;

/// <summary>What the child interpreter is called with. The machine code knows the offsets.</summary>
[StructLayout(LayoutKind.Explicit, Size = 88)]
internal unsafe struct LaunchBlock
{
    /// <summary>Of clone(2): the flags, the exit signal included. Of clone3(2): the address of its <see cref="CloneArguments"/>.</summary>
    [FieldOffset(0)]
    internal long FirstArgument;

    /// <summary>Of clone(2): 0, the child keeps the stack pointer, which it never uses. Of clone3(2): the size of its arguments.</summary>
    [FieldOffset(8)]
    internal long SecondArgument;

    /// <summary>Of clone(2): the address where the kernel puts the pidfd. Of clone3(2): nothing.</summary>
    [FieldOffset(16)]
    internal long ThirdArgument;

    /// <summary>The table.</summary>
    [FieldOffset(24)]
    internal LaunchStep* Steps;

    /// <summary>The number of steps.</summary>
    [FieldOffset(32)]
    internal ulong Count;

    /// <summary>The write end of the pipe that tells about failure, and about success by being closed in execve.</summary>
    [FieldOffset(40)]
    internal long ReportFd;

    /// <summary>Index and errno of the failed step, then the slots of the program; each 8 bytes.</summary>
    [FieldOffset(48)]
    internal long* Report;

    /// <summary>Its length in bytes; at most PIPE_BUF, so that one write is enough.</summary>
    [FieldOffset(56)]
    internal ulong ReportLength;

    /// <summary>All ones.</summary>
    [FieldOffset(64)]
    internal ulong AllSignals;

    /// <summary>Space for the parent's signal mask.</summary>
    [FieldOffset(72)]
    internal ulong OldMask;

    /// <summary>The number of the call that makes the child.</summary>
    [FieldOffset(80)]
    internal long CallNumber;
}
