using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>How much an image may ask for. What goes beyond is refused before it does harm.</summary>
public sealed record ImageLimits
{
    /// <summary>Generous for real images, small for attacks.</summary>
    public static ImageLimits Default { get; } = new();

    /// <summary>The most layers; an overlay of the kernel takes 500.</summary>
    public int Layers { get; init; } = 200;

    /// <summary>The most entries of one layer.</summary>
    public int EntriesPerLayer { get; init; } = 2_000_000;

    /// <summary>The most bytes of one uncompressed layer, and of one uncompressed archive.</summary>
    public ByteSize LayerSize { get; init; } = ByteSize.FromMebibytes(64 * 1024);

    /// <summary>The most files in an image archive.</summary>
    public int ArchiveEntries { get; init; } = 20_000;

    /// <summary>The most manifests looked at, over all levels of an index.</summary>
    public int Manifests { get; init; } = 512;

    /// <summary>The longest path, in bytes: PATH_MAX of the kernel.</summary>
    public int PathLength { get; init; } = 4095;

    /// <summary>The most directories above an entry.</summary>
    public int PathDepth { get; init; } = 512;
}
