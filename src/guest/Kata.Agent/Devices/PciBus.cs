using System.Globalization;

namespace Kata.Agent.Devices;

/// <summary>Finds PCI devices of the guest by their path from the root bus.</summary>
internal sealed class PciBus(Sysfs sysfs)
{
    private const string RootBus = "0000:00";
    private const string PlainRoot = $"devices/pci{RootBus}";

    /// <summary>Whether a text is an address as in <c>0000:00:1f.7</c>.</summary>
    public static bool IsAddress(string text) =>
        text.Length == 12 && text[4] == ':' && text[7] == ':' && text[10] == '.' && text[11] is >= '0' and <= '7'
        && IsHex(text[..4]) && IsHex(text[5..7]) && IsHex(text[8..10]);

    /// <summary>Looks a device up.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="missing">What is not there yet, when the result is null.</param>
    /// <returns>Its directory below sysfs, whose last component is its address.</returns>
    public string? TryFind(PciPath path, out string missing)
    {
        if (TryFindRoot() is not { } directory)
        {
            missing = "the guest has no PCI root bus";
            return null;
        }

        string bus = RootBus;
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

    private static bool IsBus(string name) => name.Length == 7 && name[4] == ':' && IsHex(name[..4]) && IsHex(name[5..]);

    private static bool IsHex(string text) => text.All(char.IsAsciiHexDigit);

    private string? TryFindRoot()
    {
        if (sysfs.Exists(PlainRoot))
        {
            return PlainRoot;
        }

        // Machines described by a device tree have the host bridge below a platform device.
        foreach (string platform in sysfs.List("devices/platform"))
        {
            string candidate = $"devices/platform/{platform}/pci{RootBus}";
            if (platform.EndsWith(".pcie", StringComparison.Ordinal) && sysfs.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
