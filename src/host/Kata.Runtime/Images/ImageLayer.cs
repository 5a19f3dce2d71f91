using Kata.Oci.Images;

namespace Kata.Runtime.Images;

/// <summary>One layer of an image, still packed.</summary>
/// <param name="Path">Where its archive is among the image's files.</param>
/// <param name="Blob">Digest of the archive as it is there; null where the format has none.</param>
/// <param name="Size">Length of the archive as it is there; null where the format does not say.</param>
/// <param name="DiffId">Digest of the uncompressed archive.</param>
internal sealed record ImageLayer(string Path, Digest? Blob, long? Size, Digest DiffId);
