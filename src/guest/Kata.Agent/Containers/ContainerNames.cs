using Kata.Protocols.Oci;

namespace Kata.Agent.Containers;

/// <summary>The names by which a pod's description knows its containers, as the container manager writes them into their annotations.</summary>
internal static class ContainerNames
{
    private static readonly string[] Annotations = ["io.kubernetes.cri.container-name", "io.kubernetes.container.name"]; // containerd, CRI-O

    /// <summary>A container's name; its id if it has none.</summary>
    public static string Of(Spec spec, string id)
    {
        foreach (string annotation in Annotations)
        {
            if (spec.Annotations.TryGetValue(annotation, out string? name) && name.Length > 0)
            {
                return name;
            }
        }

        return id;
    }
}
