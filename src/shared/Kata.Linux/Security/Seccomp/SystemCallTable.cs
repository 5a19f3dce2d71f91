using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Kata.Linux.Security.Seccomp;

/// <summary>Finds the numbers of system calls by name.</summary>
internal static class SystemCallTable
{
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

    /// <summary>The number of a call, or null if the ABI has none of that name.</summary>
    internal static uint? NumberOf(SeccompArchitecture architecture, string name)
    {
        const uint MarkOfX32 = 0x4000_0000; // __X32_SYSCALL_BIT
        uint? number = Find(EntriesOf(architecture), name);
        return architecture == SeccompArchitecture.X32 ? number | MarkOfX32 : number;
    }

    /// <summary>The entries of an ABI: <c>name=number</c>, separated by white space.</summary>
    internal static ReadOnlySpan<byte> EntriesOf(SeccompArchitecture architecture) => architecture switch
    {
        SeccompArchitecture.X64 => SystemCallsX64.Entries,
        SeccompArchitecture.X86 => SystemCallsX86.Entries,
        SeccompArchitecture.X32 => SystemCallsX32.Entries,
        SeccompArchitecture.Arm64 => SystemCallsArm64.Entries,
        SeccompArchitecture.Arm => SystemCallsArm.Entries,
        _ => throw new ArgumentOutOfRangeException(nameof(architecture)),
    };

    private static uint? Find(ReadOnlySpan<byte> entries, string name)
    {
        if (name.Length is 0 or > 64 || name.AsSpan().ContainsAnyExcept(NameCharacters))
        {
            return null;
        }

        // Searched as it is: filters are compiled once per container, and a dictionary for each ABI would cost more memory than the searches cost time.
        Span<byte> wanted = stackalloc byte[name.Length + 1];
        Encoding.ASCII.GetBytes(name, wanted);
        wanted[^1] = (byte)'=';
        for (int from = 0; entries[from..].IndexOf(wanted) is >= 0 and int at; from += at + 1)
        {
            int start = from + at;
            if (start == 0 || entries[start - 1] is (byte)' ' or (byte)'\n' or (byte)'\r')
            {
                return Utf8Parser.TryParse(entries[(start + wanted.Length)..], out uint number, out _) ? number : null;
            }
        }

        return null;
    }
}
