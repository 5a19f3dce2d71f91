using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Kata.Linux.Netlink;
using Kata.Primitives;

namespace Kata.Agent.Network;

/// <summary>Reads IP addresses as hosts send them. Only the usual forms: no zones, no brackets, no octal or shortened IPv4.</summary>
internal static class IpText
{
    /// <summary>Reads an address.</summary>
    /// <param name="text">The text.</param>
    /// <param name="what">What it is, for messages: "the gateway".</param>
    /// <exception cref="KataException">InvalidArgument: it is none.</exception>
    public static IPAddress Parse(ReadOnlySpan<char> text, string what)
    {
        bool plausible = text.Length is > 1 and <= 45 && !text.ContainsAny("%[]/ ");
        if (plausible && IPAddress.TryParse(text, out IPAddress? address) && (address.AddressFamily != AddressFamily.InterNetwork || text.Count('.') == 3) && !HasOctal(text, address))
        {
            return address;
        }

        throw KataException.Invalid($"'{Printable.Escape(text.ToString(), 64)}' of {what} is no IP address");
    }

    /// <summary>Reads <c>ADDRESS/BITS</c>; the bits may be missing.</summary>
    /// <returns>The address, and the bits or null.</returns>
    /// <exception cref="KataException">InvalidArgument: it is none, or the bits are more than the address has.</exception>
    public static (IPAddress Address, byte? Prefix) ParseNetwork(string text, string what)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash < 0
            ? (Parse(text, what), null)
            : Parse(text.AsSpan(0, slash), what) is var address ? (address, ParsePrefix(text.AsSpan(slash + 1), address, what)) : default;
    }

    /// <summary>Reads the length of a prefix.</summary>
    /// <exception cref="KataException">InvalidArgument: no number, or more than the address has bits.</exception>
    public static byte ParsePrefix(ReadOnlySpan<char> text, IPAddress address, string what) =>
        byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out byte prefix) && prefix <= Bits(address)
            ? prefix
            : throw KataException.Invalid($"'{Printable.Escape(text.ToString(), 16)}' of {what} is no prefix length of 0 to {Bits(address)} bits");

    /// <summary>How many bits an address has: 32 or 128.</summary>
    public static byte Bits(IPAddress address) => Bits(address.AddressFamily);

    /// <summary>How many bits addresses of a family have: 32 or 128.</summary>
    public static byte Bits(AddressFamily family) => family == AddressFamily.InterNetwork ? (byte)32 : (byte)128;

    /// <summary>Reads a hardware address.</summary>
    /// <returns>In lower case with colons.</returns>
    /// <exception cref="KataException">InvalidArgument: it is none.</exception>
    public static string ParseHardware(string text) => HardwareAddress.Format(HardwareAddress.Parse(text));

    // "010" is 8 to the parser and 10 to people.
    private static bool HasOctal(ReadOnlySpan<char> text, IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetwork)
        {
            return false;
        }

        foreach (Range part in text.Split('.'))
        {
            ReadOnlySpan<char> digits = text[part];
            if ((digits.Length > 1 && digits[0] == '0') || digits.ContainsAnyExceptInRange('0', '9'))
            {
                return true;
            }
        }

        return false;
    }
}
