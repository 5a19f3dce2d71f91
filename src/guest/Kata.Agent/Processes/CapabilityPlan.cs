using Google.Protobuf.Collections;
using Kata.Linux.Security;
using Kata.Protocols.Oci;

namespace Kata.Agent.Processes;

/// <summary>The five capability sets of a process.</summary>
internal sealed record CapabilityPlan(
    CapabilitySet Bounding, CapabilitySet Effective, CapabilitySet Permitted, CapabilitySet Inheritable, CapabilitySet Ambient)
{
    /// <summary>Reads the sets of a spec. Names that this build does not know are left out, which is the safe direction.</summary>
    public static CapabilityPlan From(LinuxCapabilities? capabilities)
    {
        if (capabilities is null)
        {
            return new CapabilityPlan(default, default, default, default, default);
        }

        CapabilitySet permitted = Parse(capabilities.Permitted);
        return new CapabilityPlan(

            // They nearly always are the same names.
            capabilities.Bounding.Equals(capabilities.Permitted) ? permitted : Parse(capabilities.Bounding),
            capabilities.Effective.Equals(capabilities.Permitted) ? permitted : Parse(capabilities.Effective).Intersect(permitted),
            permitted,
            Parse(capabilities.Inheritable),
            Parse(capabilities.Ambient));
    }

    private static CapabilitySet Parse(RepeatedField<string> names)
    {
        CapabilitySet set = CapabilitySet.Empty;
        for (int i = 0; i < names.Count; i++)
        {
            if (CapabilitySet.TryParse(names[i], out Capability capability))
            {
                set = set.Union(CapabilitySet.Of(capability));
            }
        }

        return set;
    }
}
