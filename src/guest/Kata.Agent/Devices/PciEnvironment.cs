using Google.Protobuf.Collections;

namespace Kata.Agent.Devices;

/// <summary>The variables in which device plugins tell a container the PCI addresses of its devices: <c>PCIDEVICE_NAME=ADDRESS,ADDRESS</c>.</summary>
internal static class PciEnvironment
{
    private const string Prefix = "PCIDEVICE_";

    /// <summary>Puts the guest's addresses in place of the host's. Addresses of other devices stay.</summary>
    /// <param name="environment">The variables, changed in place.</param>
    /// <param name="guestNames">The guest's addresses by the host's.</param>
    public static void Rewrite(RepeatedField<string> environment, IReadOnlyDictionary<string, string> guestNames)
    {
        for (int i = 0; i < environment.Count; i++)
        {
            int equals = environment[i].IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || !environment[i].StartsWith(Prefix, StringComparison.Ordinal))
            {
                continue;
            }

            string[] addresses = environment[i][(equals + 1)..].Split(',');
            for (int a = 0; a < addresses.Length; a++)
            {
                addresses[a] = guestNames.GetValueOrDefault(addresses[a], addresses[a]);
            }

            environment[i] = $"{environment[i][..equals]}={string.Join(',', addresses)}";
        }
    }
}
