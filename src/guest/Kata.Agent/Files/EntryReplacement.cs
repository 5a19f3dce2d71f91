using Kata.Linux;
using Kata.Linux.Paths;

namespace Kata.Agent.Files;

/// <summary>Puts one directory entry in the place of another in one step, so that whoever looks sees the old one or the new one.</summary>
internal static class EntryReplacement
{
    /// <summary>Renames <paramref name="from"/> to <paramref name="to"/> in one directory; a directory tree in its way goes.</summary>
    /// <exception cref="LinuxException">EBUSY: something is mounted there. Others as renameat2(2).</exception>
    public static void Replace(Fd directory, string from, string to)
    {
        if (FileAt.TryStatus(directory, to) is { IsDirectory: true })
        {
            FileAt.Exchange(directory, from, directory, to);
            TreeRemover.Remove(directory, from);
        }
        else
        {
            FileAt.Rename(directory, from, directory, to);
        }
    }
}
