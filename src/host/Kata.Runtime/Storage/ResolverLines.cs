using Kata.Oci.Runtime;
using Kata.Primitives;

namespace Kata.Runtime.Storage;

/// <summary>Finds the lines of the <c>resolv.conf</c> that a spec mounts.</summary>
public static class ResolverLines
{
    private const int MaxBytes = 64 * 1024;

    /// <summary>The lines; none when the spec mounts no such file or it does not exist.</summary>
    /// <exception cref="KataException">InvalidArgument: the file is too large to be one.</exception>
    public static IReadOnlyList<string> Of(IReadOnlyList<Mount> mounts)
    {
        ArgumentNullException.ThrowIfNull(mounts);
        string? source = mounts.LastOrDefault(mount => mount.Destination == "/etc/resolv.conf" && VolumePlan.IsBind(mount))?.Source;
        var file = source is { Length: > 0 } ? new FileInfo(source) : null;
        if (file is not { Exists: true })
        {
            return [];
        }

        return file.Length <= MaxBytes
            ? File.ReadAllLines(file.FullName)
            : throw KataException.Invalid($"{source}, mounted on /etc/resolv.conf, has {file.Length} bytes; the limit is {MaxBytes}");
    }
}
