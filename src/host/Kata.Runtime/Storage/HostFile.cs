using Kata.Linux;
using Kata.Linux.Paths;

namespace Kata.Runtime.Storage;

/// <summary>Looks at files of the host that a client named.</summary>
internal static class HostFile
{
    /// <summary>What a path leads to, links followed.</summary>
    /// <exception cref="LinuxException">ENOENT and other reasons why it cannot be opened.</exception>
    public static FileKind KindOf(string path)
    {
        using Fd file = Fd.Open(path, OpenFlags.Path);
        return FileAt.Status(file).Kind;
    }
}
