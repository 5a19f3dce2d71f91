using System.Runtime.InteropServices;

namespace Kata.Linux.Mounts;

/// <summary>struct statfs of x86-64 and arm64.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FileSystemRecord
{
    internal long Type;
    internal long BlockSize;
    internal ulong Blocks;
    internal ulong BlocksFree;
    internal ulong BlocksAvailable;
    internal ulong Files;
    internal ulong FilesFree;
    internal ulong Id;
    internal long NameLength;
    internal long FragmentSize;
    internal long Flags;
    internal long Spare0;
    internal long Spare1;
    internal long Spare2;
    internal long Spare3;
}
