using Kata.Linux;
using Kata.Linux.Paths;

namespace Kata.Agent.Storage.Watching;

/// <summary>Reads a file of a watched directory that the host may be changing.</summary>
internal static class SourceFile
{
    /// <summary>The content, no more of it than there was when the file was looked at.</summary>
    /// <param name="file">The file, opened with O_PATH.</param>
    /// <param name="expected">What it was then.</param>
    /// <exception cref="LinuxException">ENOENT: it is another file now, or larger.</exception>
    public static byte[] Read(Fd file, SourceEntry expected)
    {
        if (FileAt.FreshStatus(file) is var status && (status.Kind != FileKind.Regular || status.Inode != expected.Inode || status.Size != expected.Size))
        {
            throw new LinuxException("read", Errno.ENOENT, "a file that changed");
        }

        // Not O_NONBLOCK or such: what is opened here is known to be a regular file.
        using Fd stream = Fd.Open(file.ProcPath, OpenFlags.ReadOnly);
        byte[] content = new byte[expected.Size];
        int length = 0;
        while (length < content.Length)
        {
            int count = FdIo.Read(stream, content.AsSpan(length));
            if (count == 0)
            {
                throw new LinuxException("read", Errno.ENOENT, "a file that became shorter");
            }

            length += count;
        }

        return content;
    }
}
