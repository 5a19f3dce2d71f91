using System.Runtime.InteropServices;

namespace Kata.Linux;

/// <summary>Files that exist in memory only.</summary>
public static partial class MemoryFile
{
    private const uint CloseOnExec = 1; // MFD_CLOEXEC

    /// <summary>Makes a file with a content, to be read from its beginning: standard input that never blocks its writer.</summary>
    /// <param name="name">For those who list descriptors.</param>
    /// <param name="content">The content.</param>
    /// <returns>The file, open for reading only.</returns>
    /// <exception cref="LinuxException">As memfd_create(2) and write(2).</exception>
    public static Fd Containing(string name, ReadOnlySpan<byte> content)
    {
        int fd = NativeCreate(name, CloseOnExec);
        if (fd < 0)
        {
            throw LinuxException.FromLastError("memfd_create", name);
        }

        using var file = new Fd(fd);
        FdIo.WriteAll(file, content);
        return Fd.Open(file.ProcPath, OpenFlags.ReadOnly);
    }

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeCreate(string name, uint flags);
}
