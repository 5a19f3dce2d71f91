using Kata.Oci.Runtime;
using Kata.Primitives;

namespace Kata.Runtime.Storage;

/// <summary>Finds the size of <c>/dev/shm</c> that a spec asks for.</summary>
public static class ShmSize
{
    private static readonly ByteSize Default = ByteSize.FromMebibytes(64);

    /// <summary>The tmpfs option <c>size=</c>; for a directory of the host, the size of its file system; 64 MiB otherwise.</summary>
    /// <exception cref="KataException">InvalidArgument: not a size.</exception>
    public static ByteSize Of(IReadOnlyList<Mount> mounts)
    {
        ArgumentNullException.ThrowIfNull(mounts);
        Mount? shm = mounts.LastOrDefault(mount => mount.Destination == "/dev/shm");
        if (shm is null)
        {
            return Default;
        }

        if (VolumePlan.IsBind(shm))
        {
            return shm.Source is { Length: > 0 } source and not "/dev/shm" && Directory.Exists(source) ? new ByteSize(new DriveInfo(source).TotalSize) : Default;
        }

        string? size = shm.Options.LastOrDefault(option => option.StartsWith("size=", StringComparison.Ordinal));
        return size is null || size.EndsWith('%') ? Default : ByteSize.Parse(size["size=".Length..]);
    }
}
