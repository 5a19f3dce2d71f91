using System.Runtime.InteropServices;

namespace Kata.Linux.Events;

/// <summary>struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollRecord
{
    internal int Fd;
    internal short Events;
    internal short Returned;
}
