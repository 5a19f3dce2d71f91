using Kata.Oci.Images;
using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>Reads what docker save writes. Its layers have no digest of their own there; the configuration's diff ids vouch for them.</summary>
internal sealed class DockerArchiveReader(IImageFiles files, ImageLimits limits)
{
    /// <summary>Reads an image.</summary>
    /// <param name="reference">Its name; null if there is only one.</param>
    /// <exception cref="KataException">NotFound: no such image. InvalidArgument: damaged, or several to choose from.</exception>
    public LocalImage Read(string? reference)
    {
        IReadOnlyList<DockerArchiveImage> images = ImageJson.ReadDockerManifest(BlobReader.ReadWhole(files, "manifest.json"), $"{files.Name}: manifest.json");
        var named = images.Where(i => reference is null || i.RepoTags.Contains(reference)).ToList();
        if (named.Count != 1)
        {
            string names = Printable.Escape(string.Join(", ", images.SelectMany(i => i.RepoTags).Take(20)), maxLength: 512);
            throw named.Count == 0
                ? KataException.NotFound($"{files.Name} has no such image; it has: {names}")
                : KataException.Invalid($"{files.Name} has several images; name one as {files.Name}:NAME, from: {names}");
        }

        DockerArchiveImage image = named[0];
        string configPath = Clean(image.Config);
        ImageConfig config = ImageJson.ReadConfig(ReadConfig(configPath), $"{files.Name}: configuration");
        IReadOnlyList<Digest> diffIds = ConfigCheck.DiffIds(config, image.Layers.Count, files.Name, limits);
        return new LocalImage(files, config, [.. image.Layers.Select((path, i) => new ImageLayer(Clean(path), Blob: null, Size: null, diffIds[i]))]);
    }

    private byte[] ReadConfig(string path)
    {
        byte[] data = BlobReader.ReadWhole(files, path);
        // The file is named after its digest, with or without an extension.
        string hex = Path.GetFileNameWithoutExtension(path);
        if (Digest.TryParse($"sha256:{hex}", out Digest wanted))
        {
            using var check = new HashedStream(new MemoryStream(data), wanted.Algorithm, data.Length, $"{files.Name}: configuration");
            check.RequireDigest(wanted);
        }

        return data;
    }

    private string Clean(string path) => ImagePath.Parse(path, limits).Text;
}
