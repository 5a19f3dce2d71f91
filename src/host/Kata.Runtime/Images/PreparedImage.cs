using Kata.Oci.Images;

namespace Kata.Runtime.Images;

/// <summary>A root file system ready to be used, read-only, by any number of containers.</summary>
/// <param name="Name">What the user called it.</param>
/// <param name="Directories">Directories that make it up, the lowest first.</param>
/// <param name="Defaults">How its containers run unless told otherwise.</param>
public sealed record PreparedImage(string Name, IReadOnlyList<string> Directories, ContainerDefaults Defaults);
