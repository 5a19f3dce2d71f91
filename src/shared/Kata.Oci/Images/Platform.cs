namespace Kata.Oci.Images;

/// <summary>What an image runs on, in Go's names.</summary>
public sealed record Platform
{
    /// <summary>Such as <c>amd64</c>.</summary>
    public string Architecture { get; init => field = value ?? ""; } = "";

    /// <summary>Such as <c>linux</c>.</summary>
    public string Os { get; init => field = value ?? ""; } = "";

    /// <summary>Such as <c>v8</c>.</summary>
    public string? Variant { get; init; }
}
