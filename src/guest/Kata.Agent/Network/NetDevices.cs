namespace Kata.Agent.Network;

/// <summary>The network devices of the guest, by where they are.</summary>
internal static class NetDevices
{
    /// <summary>The name of the interface of a device; null while there is none.</summary>
    /// <param name="devicePath">The device's path, as the host counts its buses.</param>
    /// <exception cref="Kata.Primitives.KataException">InvalidArgument: the path is malformed.</exception>
    public static string? NameAt(string devicePath)
    {
        string? directory = PciDevices.DirectoryOf(devicePath);
        if (directory is null)
        {
            return null;
        }

        // The interface is the PCI function's own, or that of the virtio device on it.
        foreach (string net in (string[])[directory + "/net", .. VirtioDevices(directory)])
        {
            if (Directory.Exists(net) && Directory.EnumerateDirectories(net).FirstOrDefault() is { } entry)
            {
                return Path.GetFileName(entry);
            }
        }

        return null;
    }

    private static IEnumerable<string> VirtioDevices(string directory) =>
        Directory.EnumerateDirectories(directory, "virtio*").Select(device => device + "/net");
}
