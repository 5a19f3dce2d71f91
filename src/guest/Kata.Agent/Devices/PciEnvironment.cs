using Google.Protobuf.Collections;

namespace Kata.Agent.Devices;

/// <summary>The variables in which device plugins tell a container the PCI addresses of its devices: <c>PCIDEVICE_NAME=ADDRESS,ADDRESS</c>.</summary>
internal static class PciEnvironment
{
    private const string Prefix = "PCIDEVICE_";

    /// <summary>Puts the guest's addresses in place of the host's. Addresses of other devices stay.</summary>
    /// <param name="environment">The variables, changed in place.</param>
    /// <param name="devices">The devices with their host addresses.</param>
    /// <param name="guestAddresses">Their addresses in the guest, in the same order.</param>
    public static void Rewrite(RepeatedField<string> environment, IReadOnlyList<VfioDevice> devices, IReadOnlyList<string> guestAddresses)
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
                int device = IndexOf(devices, addresses[a]);
                addresses[a] = device >= 0 ? guestAddresses[device] : addresses[a];
            }

            environment[i] = $"{environment[i][..equals]}={string.Join(',', addresses)}";
        }
    }

    private static int IndexOf(IReadOnlyList<VfioDevice> devices, string hostAddress)
    {
        for (int i = 0; i < devices.Count; i++)
        {
            if (devices[i].HostAddress == hostAddress)
            {
                return i;
            }
        }

        return -1;
    }
}
