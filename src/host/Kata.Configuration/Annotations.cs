using Kata.Configuration.Overrides;
using Kata.Primitives;

namespace Kata.Configuration;

/// <summary>Lets the annotations of a pod change its configuration, as far as the configuration allows.</summary>
public static class Annotations
{
    /// <summary>What all our annotation names start with.</summary>
    public const string Prefix = AnnotationRules.Prefix;

    /// <summary>The annotation with the agent's policy. It is the host's, and must not reach the guest again as an annotation of a container.</summary>
    public const string Policy = AnnotationRules.Policy;

    /// <summary>The configuration as one pod gets it. The file's own is unchanged.</summary>
    /// <param name="loaded">The configuration of the host.</param>
    /// <param name="annotations">All annotations of the sandbox; those of others are passed over.</param>
    /// <param name="host">What the host has; null means this machine.</param>
    /// <exception cref="KataException">
    /// PermissionDenied: an annotation is not enabled, or its path is not in the list. InvalidArgument: a value is wrong. Unsupported: it asks for
    /// something that does not exist here. The message names the annotation.
    /// </exception>
    public static LoadedConfiguration Apply(LoadedConfiguration loaded, IEnumerable<KeyValuePair<string, string>> annotations, HostLimits? host = null)
    {
        ArgumentNullException.ThrowIfNull(loaded);
        ArgumentNullException.ThrowIfNull(annotations);
        List<KeyValuePair<string, string>> ours = [.. annotations
            .Where(annotation => annotation.Key.StartsWith(Prefix, StringComparison.Ordinal))
            .OrderBy(annotation => annotation.Key, StringComparer.Ordinal)];
        return ours.Count == 0 ? loaded : new AnnotationOverlay(loaded, host ?? HostLimits.Current).Apply(ours);
    }
}
