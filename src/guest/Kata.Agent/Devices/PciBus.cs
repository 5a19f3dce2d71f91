using System.Globalization;

namespace Kata.Agent.Devices;

/// <summary>Finds PCI devices of the guest by their path from a root bus.</summary>
internal sealed class PciBus(Sysfs sysfs)
{
    /// <summary>Whether a text is an address as in <c>0000:00:1f.7</c>.</summary>
    public static bool IsAddress(string text) =>
        text.Length == 12 && text[4] == ':' && text[7] == ':' && text[10] == '.' && text[11] is >= '0' and <= '7'
        && IsHex(text[..4]) && IsHex(text[5..7]) && IsHex(text[8..10]);

    /// <summary>Whether a text is a bus as in <c>0000:1f</c>.</summary>
    public static bool IsBus(string text) => text.Length == 7 && text[4] == ':' && IsHex(text[..4]) && IsHex(text[5..]);

    /// <summary>Looks a device up.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="missing">What is not there yet, when the result is null.</param>
    /// <returns>Its directory below sysfs, whose last component is its address.</returns>
    public string? TryFind(PciPath path, out string missing)
    {
        if (TryFindRoot(path.Root) is not { } directory)
        {
            missing = $"the guest has no PCI root bus {path.Root}";
            return null;
        }

        string bus = path.Root;
        for (int i = 0; i < path.Steps.Count; i++)
        {
            (byte slot, byte function) = path.Steps[i];
            string address = string.Create(CultureInfo.InvariantCulture, $"{bus}:{slot:x2}.{function:x}");
            directory = $"{directory}/{address}";
            if (!sysfs.Exists(directory))
            {
                missing = $"there is no PCI device {address}";
                return null;
            }

            if (i + 1 < path.Steps.Count)
            {
                string[] buses = [.. sysfs.List($"{directory}/pci_bus").Where(IsBus)];
                if (buses.Length != 1)
                {
                    missing = buses.Length == 0 ? $"PCI device {address} is no bridge" : $"the bridge {address} has more than one bus";
                    return null;
                }

                bus = buses[0];
            }
        }

        missing = string.Empty;
        return directory;
    }

    private static bool IsHex(string text) => text.All(char.IsAsciiHexDigit);

    private string? TryFindRoot(string bus)
    {
        string plain = $"devices/pci{bus}";
        if (sysfs.Exists(plain))
        {
            return plain;
        }

        // Machines described by a device tree have the host bridge below a platform device, whose name depends on the VMM.
        foreach (string platform in sysfs.List("devices/platform"))
        {
            string candidate = $"devices/platform/{platform}/pci{bus}";
            if (sysfs.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
