namespace Kata.Oci.Images;

/// <summary>The <c>oci-layout</c> file that marks a directory as an image layout.</summary>
public sealed record ImageLayout
{
    /// <summary>Version of the layout, <c>1.0.0</c>.</summary>
    public string ImageLayoutVersion { get; init => field = value ?? ""; } = "";
}
