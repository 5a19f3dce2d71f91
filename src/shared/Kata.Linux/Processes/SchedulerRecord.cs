using System.Runtime.InteropServices;

namespace Kata.Linux.Processes;

/// <summary>struct sched_attr in its first version.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct SchedulerRecord
{
    internal uint Size;
    internal uint Policy;
    internal ulong Flags;
    internal int Nice;
    internal uint Priority;
    internal ulong Runtime;
    internal ulong Deadline;
    internal ulong Period;
}
