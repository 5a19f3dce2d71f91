namespace Kata.Linux.Paths;

/// <summary>One entry of a directory.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it is, or Unknown if the file system does not say here.</param>
public readonly record struct DirectoryEntry(string Name, FileKind Kind);
