namespace Kata.Runtime.Containers;

/// <summary>Where a container's root file system comes from: mounts still to be made, or a directory that is there already.</summary>
public sealed record RootfsSource
{
    private RootfsSource(IReadOnlyList<RootfsMount> mounts, string? directory)
    {
        Mounts = mounts;
        Directory = directory;
    }

    /// <summary>Mounts to make, one over the other; empty when there is a <see cref="Directory"/>.</summary>
    public IReadOnlyList<RootfsMount> Mounts { get; }

    /// <summary>A directory to share as it is; null when there are <see cref="Mounts"/>.</summary>
    public string? Directory { get; }

    /// <summary>Takes mounts that the runtime makes and removes again.</summary>
    /// <param name="mounts">At least one.</param>
    public static RootfsSource FromMounts(IReadOnlyList<RootfsMount> mounts)
    {
        ArgumentNullException.ThrowIfNull(mounts);
        ArgumentOutOfRangeException.ThrowIfZero(mounts.Count);
        return new RootfsSource(mounts, directory: null);
    }

    /// <summary>Takes a directory that exists.</summary>
    /// <param name="directory">An absolute path.</param>
    public static RootfsSource FromDirectory(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return new RootfsSource([], directory);
    }
}
