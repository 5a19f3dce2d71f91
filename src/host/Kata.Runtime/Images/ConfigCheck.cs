using Kata.Oci.Images;
using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>Checks that a configuration belongs to the layers it comes with, and to this machine.</summary>
internal static class ConfigCheck
{
    /// <summary>The digests of the uncompressed layers.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="layers">How many layers the manifest has.</param>
    /// <param name="name">The image, for errors.</param>
    /// <param name="limits">What the image may ask for.</param>
    /// <exception cref="KataException">InvalidArgument: they do not belong together, or the image is for another machine.</exception>
    public static IReadOnlyList<Digest> DiffIds(ImageConfig config, int layers, string name, ImageLimits limits)
    {
        if (config.Os is not ("linux" or "") || (config.Architecture.Length > 0 && config.Architecture != LayoutReader.Architecture))
        {
            throw KataException.NotFound(
                $"{name} is an image for {Printable.Escape($"{config.Os}/{config.Architecture}", maxLength: 64)}, but this machine runs linux/{LayoutReader.Architecture}");
        }

        IReadOnlyList<Digest> diffIds = config.Rootfs?.DiffIds ?? [];
        if (layers > limits.Layers)
        {
            throw new KataException(ErrorCode.ResourceExhausted, $"{name} has {layers} layers, the most is {limits.Layers}");
        }

        return diffIds.Count == layers && layers > 0 && diffIds.All(d => !d.IsEmpty)
            ? diffIds
            : throw KataException.Invalid($"{name} is damaged: {layers} layers, but {diffIds.Count} entries in $.rootfs.diff_ids of its configuration");
    }
}
