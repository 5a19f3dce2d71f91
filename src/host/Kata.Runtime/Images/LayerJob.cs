using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>Unpacks one layer and puts it into place, if its digests are right.</summary>
internal sealed class LayerJob(IImageFiles files, ImageLayer layer, IReadOnlyList<string> below, ImageLimits limits)
{
    /// <summary>Does it. What goes wrong leaves nothing but the scratch directory.</summary>
    /// <param name="scratch">Where to work.</param>
    /// <param name="target">Where the layer goes, by rename.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public void Run(ScratchDirectory scratch, string target, CancellationToken cancellationToken)
    {
        string content = scratch.Add("layer", StoreDirectory.OpenMode);
        if (below.Count == 0)
        {
            Unpack(content, cancellationToken);
        }
        else
        {
            // On top of the layers below, so that the kernel finds out what a mark or a replaced file means for them.
            string root = scratch.Add(ScratchDirectory.MountPoint);
            using OverlayMount mount = OverlayMount.Attach(below, content, scratch.Add("work"), root);
            Unpack(root, cancellationToken);
        }

        Directory.Move(content, target);
    }

    private void Unpack(string directory, CancellationToken cancellationToken)
    {
        string name = $"{files.Name}: layer {layer.Blob ?? layer.DiffId}";
        try
        {
            using var packed = new HashedStream(
                BlobReader.Open(files, layer.Path), layer.Blob?.Algorithm ?? "sha256", layer.Size ?? long.MaxValue, name);
            using var plain = new HashedStream(LayerStream.Decompress(packed, name), layer.DiffId.Algorithm, limits.LayerSize.Bytes, name);
            using (ConfinedDirectory root = ConfinedDirectory.Open(directory))
            {
                LayerUnpacker.Unpack(new TarReader(plain), root, limits, cancellationToken);
            }

            plain.RequireDigest(layer.DiffId);
            if (layer.Blob is { } blob)
            {
                packed.RequireDigest(blob);
            }
        }
        catch (InvalidDataException error)
        {
            throw KataException.Invalid($"{name} is damaged: {error.Message}", error);
        }
        catch (KataException error) when (!error.Message.StartsWith(name, StringComparison.Ordinal))
        {
            throw new KataException(error.Code, $"{name}: {error.Message}", error);
        }
    }
}
