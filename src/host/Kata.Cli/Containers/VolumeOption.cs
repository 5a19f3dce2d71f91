using Kata.Primitives;

namespace Kata.Cli.Containers;

/// <summary>One file or directory of the host in the container.</summary>
/// <param name="Source">Absolute path on the host; it exists.</param>
/// <param name="Target">Absolute path in the container.</param>
/// <param name="ReadOnly">Forbid writing.</param>
internal sealed record VolumeOption(string Source, string Target, bool ReadOnly)
{
    /// <summary>Reads <c>FROM:TO</c>, <c>FROM:TO:ro</c> or <c>FROM:TO:rw</c>.</summary>
    /// <exception cref="KataException">InvalidArgument: malformed. NotFound: there is nothing at FROM.</exception>
    public static VolumeOption Parse(string text)
    {
        string shown = Printable.Escape(text, maxLength: 256);
        string[] parts = text.Split(':');
        if (parts.Length is not (2 or 3) || parts[0].Length == 0 || (parts.Length == 3 && parts[2] is not ("ro" or "rw")))
        {
            throw KataException.Invalid($"--volume {shown}: write FROM:TO, FROM:TO:ro or FROM:TO:rw");
        }

        if (!parts[1].StartsWith('/'))
        {
            throw KataException.Invalid($"--volume {shown}: the path in the container must be absolute");
        }

        string source = Path.GetFullPath(parts[0]);
        return Path.Exists(source)
            ? new VolumeOption(source, parts[1], parts is [_, _, "ro"])
            : throw KataException.NotFound($"--volume {shown}: {Printable.Escape(source, maxLength: 256)} does not exist");
    }
}
