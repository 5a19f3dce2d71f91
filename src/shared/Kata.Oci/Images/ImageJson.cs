using Kata.Primitives;

namespace Kata.Oci.Images;

/// <summary>Reads and writes the documents of an image. Safe for documents of unknown origin.</summary>
/// <remarks>All take UTF-8 of at most 8 MiB and a name for errors, and throw InvalidArgument with the JSON path and the problem.</remarks>
public static class ImageJson
{
    private static readonly JsonDocumentWriter Writer = new(ImageJsonContext.Default);

    /// <summary>Reads the <c>oci-layout</c> file.</summary>
    /// <exception cref="KataException">InvalidArgument: no such document.</exception>
    public static ImageLayout ReadLayout(ReadOnlySpan<byte> json, string name) => JsonDocumentReader.Read(json, ImageJsonContext.Default.ImageLayout, name);

    /// <summary>Reads an index.</summary>
    /// <exception cref="KataException">InvalidArgument: no such document.</exception>
    public static ImageIndex ReadIndex(ReadOnlySpan<byte> json, string name) => JsonDocumentReader.Read(json, ImageJsonContext.Default.ImageIndex, name);

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="KataException">InvalidArgument: no such document.</exception>
    public static ImageManifest ReadManifest(ReadOnlySpan<byte> json, string name) => JsonDocumentReader.Read(json, ImageJsonContext.Default.ImageManifest, name);

    /// <summary>Reads an image configuration.</summary>
    /// <exception cref="KataException">InvalidArgument: no such document.</exception>
    public static ImageConfig ReadConfig(ReadOnlySpan<byte> json, string name) => JsonDocumentReader.Read(json, ImageJsonContext.Default.ImageConfig, name);

    /// <summary>Reads the <c>manifest.json</c> of an archive made by docker save.</summary>
    /// <exception cref="KataException">InvalidArgument: no such document.</exception>
    public static IReadOnlyList<DockerArchiveImage> ReadDockerManifest(ReadOnlySpan<byte> json, string name) =>
        JsonDocumentReader.Read(json, ImageJsonContext.Default.IReadOnlyListDockerArchiveImage, name);

    /// <summary>Writes an image configuration, without what is null or empty.</summary>
    public static byte[] WriteConfig(ImageConfig config) => Writer.Write(config);

    /// <summary>Writes a manifest, without what is null or empty.</summary>
    public static byte[] WriteManifest(ImageManifest manifest) => Writer.Write(manifest);

    /// <summary>Writes an index, without what is null or empty.</summary>
    public static byte[] WriteIndex(ImageIndex index) => Writer.Write(index);
}
