namespace Kata.Oci.Runtime;

/// <summary>The root file system of a container.</summary>
public sealed record Root
{
    /// <summary>Path of the directory, relative to the bundle or absolute.</summary>
    public string Path { get; init => field = value ?? ""; } = "";

    /// <summary>True to forbid writing.</summary>
    public bool Readonly { get; init; }
}
