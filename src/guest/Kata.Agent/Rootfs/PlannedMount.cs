using Kata.Linux.Mounts;
using Kata.Primitives;
using Kata.Protocols.Oci;
using Mount = Kata.Protocols.Oci.Mount;

namespace Kata.Agent.Rootfs;

/// <summary>A mount of a spec.</summary>
/// <param name="Mount">As the spec has it.</param>
/// <param name="Options">What its words mean.</param>
internal readonly record struct PlannedMount(Mount Mount, MountOptions Options)
{
    /// <summary>Whether it is a bind mount.</summary>
    public bool IsBind => Mount.Type == "bind" || Options.IsBind;

    /// <summary>Reads those of a spec, in its order.</summary>
    /// <exception cref="KataException">InvalidArgument: options that no mount has.</exception>
    public static PlannedMount[] ReadAll(Spec spec)
    {
        var mounts = new PlannedMount[spec.Mounts.Count];
        for (int i = 0; i < mounts.Length; i++)
        {
            mounts[i] = new PlannedMount(spec.Mounts[i], MountOptionParser.Parse(spec.Mounts[i].Options));
        }

        return mounts;
    }
}
