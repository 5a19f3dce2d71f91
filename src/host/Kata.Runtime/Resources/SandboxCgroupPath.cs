namespace Kata.Runtime.Resources;

/// <summary>Derives the place of a sandbox's cgroup from the one the client named for its container.</summary>
internal static class SandboxCgroupPath
{
    private const string Prefix = "kata_";
    private const string DefaultParent = "/vc";
    private const string SliceEnd = ".slice";

    /// <summary>The path.</summary>
    /// <param name="cgroupsPath">The spec's: a path, systemd's form <c>slice:prefix:name</c>, or nothing.</param>
    /// <param name="sandboxId">The sandbox.</param>
    public static string Of(string? cgroupsPath, string sandboxId)
    {
        if (string.IsNullOrEmpty(cgroupsPath))
        {
            return $"{DefaultParent}/{Prefix}{sandboxId}";
        }

        string[] parts = cgroupsPath.Split(':');
        if (parts.Length == 3)
        {
            return $"{Expand(parts[0])}/{Prefix}{parts[1]}-{parts[2]}";
        }

        string path = cgroupsPath.TrimEnd('/');
        int cut = path.LastIndexOf('/');
        return $"{(path.StartsWith('/') ? string.Empty : "/")}{path[..(cut + 1)]}{Prefix}{path[(cut + 1)..]}";
    }

    // systemd keeps a-b.slice inside a.slice.
    private static string Expand(string slice)
    {
        if (!slice.EndsWith(SliceEnd, StringComparison.Ordinal))
        {
            return slice.Length == 0 ? "/system.slice" : $"/{slice.Trim('/')}";
        }

        string[] words = slice[..^SliceEnd.Length].Split('-');
        return string.Concat(words.Select((_, i) => $"/{string.Join('-', words[..(i + 1)])}{SliceEnd}"));
    }
}
