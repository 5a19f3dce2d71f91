using Kata.Primitives;

namespace Kata.Linux.Paths;

/// <summary>Checks on names before they go to the kernel, where a NUL would silently cut them short.</summary>
internal static class NativePath
{
    /// <summary>PATH_MAX, the final NUL included.</summary>
    internal const int MaxLength = 4096;

    /// <summary>Returns a path that the kernel will see as it is written.</summary>
    /// <exception cref="KataException">InvalidArgument: empty, too long, or with a NUL in it.</exception>
    internal static string Require(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.Length is > 0 and < MaxLength && !path.Contains('\0', StringComparison.Ordinal)
            ? path
            : throw KataException.Invalid($"invalid path '{Printable.Escape(path, 64)}': it must have 1 to {MaxLength - 1} characters and no NUL");
    }

    /// <summary>Returns a name that stands for an entry of one directory and nothing else.</summary>
    /// <exception cref="KataException">InvalidArgument: as <see cref="Require"/>, or a slash, <c>.</c> or <c>..</c>.</exception>
    internal static string RequireName(string name)
    {
        Require(name);
        return name is not ("." or "..") && !name.Contains('/', StringComparison.Ordinal)
            ? name
            : throw KataException.Invalid($"invalid file name '{Printable.Escape(name, 64)}': it must be the name of one directory entry");
    }
}
