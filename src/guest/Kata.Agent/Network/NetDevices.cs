using Kata.Agent.Devices;

namespace Kata.Agent.Network;

/// <summary>The network devices of the guest, by where they are.</summary>
internal sealed class NetDevices(Sysfs sysfs)
{
    private readonly PciBus _pci = new(sysfs);

    /// <summary>The name of the interface of a device; null while there is none.</summary>
    public string? NameAt(PciPath path)
    {
        if (_pci.TryFind(path, out _) is not { } directory)
        {
            return null;
        }

        // The interface is the PCI function's own, or that of the virtio device on it.
        foreach (string device in (string[])[directory, .. sysfs.List(directory).Where(IsVirtio).Select(name => $"{directory}/{name}")])
        {
            if (sysfs.List(device + "/net").FirstOrDefault() is { } name)
            {
                return name;
            }
        }

        return null;
    }

    private static bool IsVirtio(string name) => name.StartsWith("virtio", StringComparison.Ordinal);
}
