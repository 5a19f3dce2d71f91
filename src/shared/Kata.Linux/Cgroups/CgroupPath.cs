using Kata.Primitives;

namespace Kata.Linux.Cgroups;

/// <summary>Paths of groups, as they come from specifications.</summary>
internal static class CgroupPath
{
    private const int MaxLength = 2048;
    private const int MaxComponent = 255;

    /// <summary>The path with one slash before each component and none at the end; empty for the root.</summary>
    /// <exception cref="KataException">InvalidArgument: a dot component, a NUL, too long, or a name that the kernel uses for its own files.</exception>
    internal static string Normalize(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string[] components = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        bool valid = path.Length <= MaxLength && Array.TrueForAll(components, IsValid);
        return valid
            ? string.Concat(components.Select(c => $"/{c}"))
            : throw KataException.Invalid($"invalid cgroup path '{Printable.Escape(path, 128)}'");
    }

    private static bool IsValid(string component) =>
        component is not ("." or "..")
        && component.Length <= MaxComponent
        && !component.AsSpan().ContainsAny('\0', '\n')
        && !component.StartsWith("cgroup.", StringComparison.Ordinal);
}
