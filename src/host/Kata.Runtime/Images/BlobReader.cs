using Kata.Oci.Images;
using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>Reads the small documents of an image.</summary>
internal static class BlobReader
{
    private const int MaxDocument = 8 << 20;

    /// <summary>Place of a blob in a layout.</summary>
    /// <param name="digest">The blob; only a digest that was parsed has a place.</param>
    /// <param name="where">What refers to it, for errors.</param>
    public static string PathOf(Digest digest, string where) =>
        digest.IsEmpty ? throw KataException.Invalid($"{where}: the digest is missing") : $"blobs/{digest.Algorithm}/{digest.Hex}";

    /// <summary>Reads a file whose content nothing vouches for.</summary>
    /// <exception cref="KataException">NotFound: there is none. InvalidArgument: too long.</exception>
    public static byte[] ReadWhole(IImageFiles files, string path)
    {
        using Stream stream = Open(files, path);
        return Read(stream, $"{files.Name}: {path}", MaxDocument);
    }

    /// <summary>Reads a blob and checks its length and digest.</summary>
    /// <exception cref="KataException">NotFound: there is none. InvalidArgument: it is not what the descriptor says.</exception>
    public static byte[] ReadVerified(IImageFiles files, Descriptor descriptor)
    {
        string path = PathOf(descriptor.Digest, files.Name);
        string name = $"{files.Name}: blob {descriptor.Digest}";
        if (descriptor.Size is < 0 or > MaxDocument)
        {
            throw KataException.Invalid($"{name}: has {descriptor.Size} bytes by its descriptor, the most for a document is {MaxDocument}");
        }

        using var stream = new HashedStream(Open(files, path), descriptor.Digest.Algorithm, descriptor.Size, name);
        byte[] data = Read(stream, name, MaxDocument);
        stream.RequireDigest(descriptor.Digest);
        return data;
    }

    /// <summary>Opens a file of an image that has to be there.</summary>
    /// <exception cref="KataException">NotFound: it is not.</exception>
    public static Stream Open(IImageFiles files, string path) =>
        files.TryOpen(path) ?? throw KataException.NotFound($"{files.Name} is incomplete: {Printable.Escape(path, maxLength: 256)} is missing");

    private static byte[] Read(Stream stream, string name, int max)
    {
        using var data = new MemoryStream();
        byte[] buffer = new byte[16 << 10];
        while (stream.Read(buffer) is > 0 and var count)
        {
            if (data.Length + count > max)
            {
                throw KataException.Invalid($"{name}: longer than {max} bytes");
            }

            data.Write(buffer, 0, count);
        }

        return data.ToArray();
    }
}
