namespace Kata.Configuration;

/// <summary>A file or directory of the host that every sandbox is shown.</summary>
/// <param name="Path">An absolute path; no two have the same last part.</param>
/// <param name="ReadOnly">Whether the guest may only read it.</param>
public sealed record SandboxBindMount(string Path, bool ReadOnly)
{
    /// <summary>The last part of the path: its name in the guest.</summary>
    public string Name => System.IO.Path.GetFileName(Path);
}
