using Kata.Primitives;

namespace Kata.Agent.Containers;

/// <summary>Turns the cgroup path of a spec into a path below the root of the hierarchies.</summary>
internal static class CgroupPaths
{
    private const int MaxLength = 1024;

    /// <summary>
    /// The path without a leading slash. Nothing given means the container's id; the systemd form <c>slice:prefix:name</c> becomes <c>prefix/name</c>,
    /// as the guest has no systemd.
    /// </summary>
    /// <exception cref="KataException">InvalidArgument: the path leaves the hierarchy or is no path.</exception>
    public static string Resolve(string? cgroupsPath, string containerId)
    {
        if (string.IsNullOrEmpty(cgroupsPath))
        {
            return containerId;
        }

        string[] systemd = cgroupsPath.Split(':');
        string path = systemd.Length == 3 ? $"{systemd[1]}/{systemd[2]}" : cgroupsPath;
        string[] components = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        foreach (string component in components)
        {
            if (component is "." or ".." || component.AsSpan().IndexOfAnyInRange('\0', '\x1f') >= 0)
            {
                throw Bad(cgroupsPath);
            }
        }

        return components.Length > 0 && path.Length <= MaxLength ? string.Join('/', components) : throw Bad(cgroupsPath);
    }

    private static KataException Bad(string path) =>
        KataException.Invalid($"cgroups path '{Printable.Escape(path, 128)}': give a path below the root of the hierarchy without '.' and '..'");
}
