namespace Kata.Oci.Images;

/// <summary>How the archive of a layer is compressed.</summary>
public enum LayerCompression
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>By gzip.</summary>
    Gzip,

    /// <summary>By Zstandard.</summary>
    Zstandard,
}
