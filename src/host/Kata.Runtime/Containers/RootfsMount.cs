namespace Kata.Runtime.Containers;

/// <summary>One of the mounts that make a container's root file system.</summary>
/// <param name="Type">File system type: <c>overlay</c>, <c>bind</c>, <c>ext4</c>.</param>
/// <param name="Source">Device or directory.</param>
/// <param name="Options">Words as in fstab.</param>
/// <param name="Target">Where below the root file system; empty: the root itself.</param>
public sealed record RootfsMount(string Type, string Source, IReadOnlyList<string> Options, string Target = "");
