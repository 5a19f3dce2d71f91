using System.Text;
using Kata.Primitives;

namespace Kata.Linux.Paths;

/// <summary>Extended attributes of an entry of a directory that is held open; of a link, the link's own. Needs /proc.</summary>
public static unsafe class ExtendedAttributes
{
    private const int MaxSize = 64 * 1024; // XATTR_SIZE_MAX and XATTR_LIST_MAX

    /// <summary>The value of an attribute, or null if there is none of that name.</summary>
    /// <exception cref="LinuxException">As lgetxattr(2), ENODATA excepted.</exception>
    public static byte[]? Get(Fd directory, string entry, string name)
    {
        byte[] buffer = new byte[MaxSize];
        fixed (byte* start = buffer)
        {
            nint length = PathCalls.LGetXattr(PathOf(directory, entry), RequireName(name), start, MaxSize);
            if (length >= 0)
            {
                return buffer.AsSpan(0, (int)length).ToArray();
            }
        }

        Errno error = LinuxException.LastErrno();
        return error == Errno.ENODATA ? null : throw new LinuxException("lgetxattr", error, $"{name} of {entry}");
    }

    /// <summary>Sets an attribute.</summary>
    /// <param name="directory">Where the entry is.</param>
    /// <param name="entry">Its name.</param>
    /// <param name="name">The attribute, with its class: <c>user.comment</c>.</param>
    /// <param name="value">At most 64 KiB.</param>
    /// <exception cref="LinuxException">EOPNOTSUPP: not on this file system or kind of file. Others as lsetxattr(2).</exception>
    public static void Set(Fd directory, string entry, string name, ReadOnlySpan<byte> value)
    {
        fixed (byte* start = value)
        {
            if (PathCalls.LSetXattr(PathOf(directory, entry), RequireName(name), start, value.Length, 0) != 0)
            {
                throw LinuxException.FromLastError("lsetxattr", $"{name} of {entry}");
            }
        }
    }

    /// <summary>Removes an attribute. No error if there is none of that name.</summary>
    /// <exception cref="LinuxException">As lremovexattr(2), ENODATA excepted.</exception>
    public static void Remove(Fd directory, string entry, string name)
    {
        if (PathCalls.LRemoveXattr(PathOf(directory, entry), RequireName(name)) != 0 && LinuxException.LastErrno() is var error and not Errno.ENODATA)
        {
            throw new LinuxException("lremovexattr", error, $"{name} of {entry}");
        }
    }

    /// <summary>The names of all attributes.</summary>
    /// <exception cref="LinuxException">As llistxattr(2).</exception>
    public static IReadOnlyList<string> List(Fd directory, string entry)
    {
        byte[] buffer = new byte[MaxSize];
        fixed (byte* start = buffer)
        {
            nint length = PathCalls.LListXattr(PathOf(directory, entry), start, MaxSize);
            return length >= 0
                ? Encoding.UTF8.GetString(start, (int)length).Split('\0', StringSplitOptions.RemoveEmptyEntries)
                : throw LinuxException.FromLastError("llistxattr", entry);
        }
    }

    // There are no *at forms before Linux 6.13. The magic link leads to the directory that is held and the name is one component.
    private static string PathOf(Fd directory, string entry) => $"{directory.ProcPath}/{NativePath.RequireName(entry)}";

    private static string RequireName(string name) => name.Length is > 0 and < 256 && !name.Contains('\0', StringComparison.Ordinal)
        ? name
        : throw KataException.Invalid($"invalid attribute name '{Printable.Escape(name, 64)}'");
}
