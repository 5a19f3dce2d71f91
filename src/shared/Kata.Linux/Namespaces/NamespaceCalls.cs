using System.Runtime.InteropServices;
using Kata.Linux.Paths;

namespace Kata.Linux.Namespaces;

/// <summary>The system calls of this folder.</summary>
internal static unsafe partial class NamespaceCalls
{
    internal const nuint GetNamespaceType = 0xB703; // NS_GET_NSTYPE

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    internal static partial int SetNamespace(SafeHandle target, int kind);

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    internal static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Control(Fd fd, nuint request, nint argument);

    [LibraryImport(
        "libc",
        EntryPoint = "execve",
        SetLastError = true,
        StringMarshalling = StringMarshalling.Custom,
        StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial int Execute(string path, byte** arguments, byte** environment);
}
