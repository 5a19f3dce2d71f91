using System.Runtime.InteropServices;

namespace Kata.Linux.Processes;

/// <summary>struct clone_args as Linux 5.7 has it, the first with a cgroup.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CloneArguments
{
    /// <summary>Flags of clone(2), without an exit signal, and some that only clone3(2) takes.</summary>
    internal ulong Flags;

    /// <summary>The address where the kernel puts the pidfd.</summary>
    internal ulong PidFd;

    internal ulong ChildTid;
    internal ulong ParentTid;

    /// <summary>What the parent gets when the child ends.</summary>
    internal ulong ExitSignal;

    /// <summary>0, with a size of 0: the child keeps the stack pointer.</summary>
    internal ulong Stack;

    internal ulong StackSize;
    internal ulong Tls;
    internal ulong SetTid;
    internal ulong SetTidSize;

    /// <summary>The number of an open directory.</summary>
    internal ulong Cgroup;
}
