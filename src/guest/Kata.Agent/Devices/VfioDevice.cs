using Kata.Primitives;

namespace Kata.Agent.Devices;

/// <summary>One device of a VFIO request: its name on the host and where it is in the guest.</summary>
/// <param name="HostAddress">The PCI address or, for a mediated device, the UUID it has on the host; for names in the container's environment only.</param>
/// <param name="GuestPath">Where it is on the guest's PCI buses; null for a mediated device of the guest's own kernel.</param>
/// <param name="GuestUuid">The mediated device of the guest's own kernel; null for a PCI device.</param>
internal sealed record VfioDevice(string HostAddress, PciPath? GuestPath, string? GuestUuid)
{
    private const int MaxHostAddress = 64;

    /// <summary>Reads an option <c>DDDD:BB:DD.F=PCI-PATH</c>, with a UUID on either side for a mediated device.</summary>
    /// <exception cref="KataException">InvalidArgument: not one.</exception>
    public static VfioDevice Parse(string option)
    {
        int equals = option.IndexOf('=', StringComparison.Ordinal);
        string host = equals < 0 ? string.Empty : option[..equals];
        if (!IsHostAddress(host))
        {
            throw KataException.Invalid($"'{Printable.Escape(option, 128)}' is no VFIO option: give the device's address on the host, '=' and its PCI path in the guest");
        }

        string place = option[(equals + 1)..];
        return Guid.TryParseExact(place, "D", out Guid uuid)
            ? new VfioDevice(host, null, uuid.ToString("D"))
            : new VfioDevice(host, PciPath.Parse(place), null);
    }

    private static bool IsHostAddress(string text)
    {
        // "0000:UUID" is how a host that prefixes every address with a domain names a mediated device.
        string uuid = text.StartsWith("0000:", StringComparison.Ordinal) ? text[5..] : text;
        return text.Length <= MaxHostAddress && (PciBus.IsAddress(text) || Guid.TryParseExact(uuid, "D", out _));
    }
}
