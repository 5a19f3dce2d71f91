namespace Kata.Oci.Images;

/// <summary>The configuration of an image: how its containers run and what its layers hold.</summary>
public sealed record ImageConfig
{
    /// <summary>When the image was made.</summary>
    public string? Created { get; init; }

    /// <summary>Who made it.</summary>
    public string? Author { get; init; }

    /// <summary>Such as <c>amd64</c>.</summary>
    public string Architecture { get; init => field = value ?? ""; } = "";

    /// <summary>Such as <c>linux</c>.</summary>
    public string Os { get; init => field = value ?? ""; } = "";

    /// <summary>Such as <c>v8</c>.</summary>
    public string? Variant { get; init; }

    /// <summary>How containers run unless told otherwise.</summary>
    public ContainerDefaults? Config { get; init; }

    /// <summary>The layers by their unpacked contents.</summary>
    public ImageRootfs? Rootfs { get; init; }
}
