using Kata.Oci.Images;

namespace Kata.Runtime.Images;

/// <summary>An image on this machine, opened: its configuration and its packed layers.</summary>
/// <param name="Files">Where the layers are; owned by this object.</param>
/// <param name="Config">The configuration.</param>
/// <param name="Layers">The layers, the lowest first.</param>
internal sealed record LocalImage(IImageFiles Files, ImageConfig Config, IReadOnlyList<ImageLayer> Layers) : IDisposable
{
    public void Dispose() => Files.Dispose();
}
