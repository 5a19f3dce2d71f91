using Kata.Oci.Runtime;
using Kata.Primitives;

namespace Kata.AgentCtl.Specs;

/// <summary>Reads the description of a container from a bundle.</summary>
internal static class BundleSpec
{
    /// <summary>Reads the <c>config.json</c> of a bundle directory.</summary>
    /// <exception cref="KataException">NotFound, PermissionDenied: it cannot be read. InvalidArgument: it is malformed.</exception>
    public static Spec LoadBundle(string directory) => Load(Path.Combine(directory, "config.json"));

    /// <summary>Reads a <c>config.json</c>.</summary>
    /// <param name="path">The file. A relative <c>root.path</c> in it counts from its directory.</param>
    /// <exception cref="KataException">NotFound, PermissionDenied: it cannot be read. InvalidArgument: it is malformed.</exception>
    public static Spec Load(string path)
    {
        Spec spec = OciJson.ReadSpecFile(path);
        return spec.Root is { } root
            ? spec with { Root = root with { Path = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, root.Path)) } }
            : spec;
    }
}
