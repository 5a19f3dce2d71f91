using System.Runtime.InteropServices;

namespace Kata.Linux.Cgroups;

/// <summary>bpf(2), as far as device filters need it.</summary>
internal static unsafe partial class BpfCalls
{
    internal const int ProgramLoad = 5; // BPF_PROG_LOAD
    internal const int ProgramAttach = 8; // BPF_PROG_ATTACH
    internal const int ProgramDetach = 9; // BPF_PROG_DETACH
    internal const int ProgramGetFdById = 13; // BPF_PROG_GET_FD_BY_ID
    internal const int ProgramQuery = 16; // BPF_PROG_QUERY
    internal const uint TypeCgroupDevice = 15; // BPF_PROG_TYPE_CGROUP_DEVICE
    internal const uint AttachCgroupDevice = 6; // BPF_CGROUP_DEVICE
    internal const uint AllowMulti = 2; // BPF_F_ALLOW_MULTI

    /// <summary>Calls bpf(2).</summary>
    /// <param name="command">The command.</param>
    /// <param name="attributes">union bpf_attr, as far as the command reads it, the rest zero.</param>
    /// <returns>What the kernel returns; negative on errors, for which errno is set.</returns>
    internal static int Call(int command, Span<byte> attributes)
    {
        fixed (byte* start = attributes)
        {
            return (int)Bpf(SystemCallNumbers.Bpf, command, start, (uint)attributes.Length);
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint Bpf(long number, int command, byte* attributes, uint size);
}
