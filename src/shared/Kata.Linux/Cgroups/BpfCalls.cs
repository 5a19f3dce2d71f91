using System.Runtime.InteropServices;

namespace Kata.Linux.Cgroups;

/// <summary>bpf(2), as far as device filters need it.</summary>
internal static unsafe partial class BpfCalls
{
    internal const int ProgramLoad = 5;
    internal const int ProgramAttach = 8;
    internal const int ProgramDetach = 9;
    internal const int ProgramGetFdById = 13;
    internal const int ProgramQuery = 16;
    internal const uint TypeCgroupDevice = 15;
    internal const uint AttachCgroupDevice = 6;
    internal const uint AllowMulti = 2;

    private static nint Number => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 280 : 321;

    /// <summary>Calls bpf(2).</summary>
    /// <param name="command">The command.</param>
    /// <param name="attributes">union bpf_attr, as far as the command reads it, the rest zero.</param>
    /// <returns>What the kernel returns; negative on errors, for which errno is set.</returns>
    internal static int Call(int command, Span<byte> attributes)
    {
        fixed (byte* start = attributes)
        {
            return (int)Bpf(Number, command, start, (uint)attributes.Length);
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Bpf(nint number, int command, byte* attributes, uint size);
}
