using Kata.Linux;
using Kata.Linux.Sockets;
using Kata.Primitives;

namespace Kata.Shim.Stdio;

/// <summary>Opens what containerd named for a stream of a process.</summary>
internal static class StdioTarget
{
    private const string FileScheme = "file://";
    private const uint LogMode = 0x1A4; // 0644

    /// <summary>Opens the place output goes to; null when there is none.</summary>
    /// <param name="path">A FIFO's path, or a URL.</param>
    /// <exception cref="KataException">Unsupported: a URL of another scheme. NotFound: no such file.</exception>
    public static Stream? OpenOutput(string path)
    {
        if (path.Length == 0)
        {
            return null;
        }

        if (path.StartsWith(FileScheme, StringComparison.Ordinal))
        {
            return OpenLog(path[FileScheme.Length..]);
        }

        if (path.Contains("://", StringComparison.Ordinal))
        {
            throw KataException.Unsupported($"stdio '{Printable.Escape(path, 256)}': use a FIFO or file://PATH");
        }

        // Both ends, so that opening never waits for a reader and a reader that comes and goes is no error: what nobody reads fills the pipe and holds the
        // process back.
        return new FdStream(Fd.Open(path, OpenFlags.ReadWrite | OpenFlags.NonBlocking));
    }

    private static FileStream OpenLog(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path) ?? "/");
        return new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite,
            BufferSize = 0,
            UnixCreateMode = (UnixFileMode)LogMode,
        });
    }
}
