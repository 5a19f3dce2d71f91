using Kata.Primitives;

namespace Kata.Agent.Devices;

/// <summary>One device of a VFIO request: its address on the host and where it is in the guest.</summary>
/// <param name="HostAddress">The PCI address or, for a mediated device, the UUID it has on the host; for names in the container's environment only.</param>
/// <param name="GuestPath">Where it is in the guest.</param>
internal sealed record VfioDevice(string HostAddress, PciPath GuestPath)
{
    private const int MaxHostAddress = 64;

    /// <summary>Reads an option <c>DDDD:BB:DD.F=PCI-PATH</c>.</summary>
    /// <exception cref="KataException">InvalidArgument: not one.</exception>
    public static VfioDevice Parse(string option)
    {
        int equals = option.IndexOf('=', StringComparison.Ordinal);
        string host = equals < 0 ? string.Empty : option[..equals];
        return IsHostAddress(host)
            ? new VfioDevice(host, PciPath.Parse(option[(equals + 1)..]))
            : throw KataException.Invalid($"'{Printable.Escape(option, 128)}' is no VFIO option: give the device's address on the host, '=' and its PCI path in the guest");
    }

    private static bool IsHostAddress(string text)
    {
        // "0000:UUID" is how a host that prefixes every address with a domain names a mediated device.
        string uuid = text.StartsWith("0000:", StringComparison.Ordinal) ? text[5..] : text;
        return text.Length <= MaxHostAddress && (PciBus.IsAddress(text) || Guid.TryParseExact(uuid, "D", out _));
    }
}
