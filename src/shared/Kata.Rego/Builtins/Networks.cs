using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Kata.Rego.Values;

namespace Kata.Rego.Builtins;

/// <summary>Functions of address ranges. Nothing is asked of a network.</summary>
internal static class Networks
{
    private const int MaxLength = 64;

    public static readonly Builtin[] All =
    [
        new("net.cidr_is_valid", 1, static (_, a) => RegoValue.Of(a[0] is RegoString text && Range(text.Value, single: false) is not null)),
        new("net.cidr_contains", 2, static (_, a) => Two(a, single: true) is var (range, other) ? RegoValue.Of(other.Length >= range.Length && Overlap(range, other)) : null),
        new("net.cidr_intersects", 2, static (_, a) => Two(a, single: false) is var (range, other) ? RegoValue.Of(Overlap(range, other)) : null),
    ];

    private static ((byte[] Address, int Length) First, (byte[] Address, int Length) Second)? Two(RegoValue[] arguments, bool single) =>
        arguments[0] is RegoString first && arguments[1] is RegoString second
        && Range(first.Value, single: false) is { } range && Range(second.Value, single) is { } other
            ? (range, other)
            : null;

    // Addresses of different families have nothing in common.
    private static bool Overlap((byte[] Address, int Length) first, (byte[] Address, int Length) second)
    {
        int length = Math.Min(first.Length, second.Length);
        bool same = first.Address.Length == second.Address.Length;
        for (int bit = 0; bit < length && same; bit++)
        {
            same = ((first.Address[bit / 8] ^ second.Address[bit / 8]) & (0x80 >> (bit % 8))) == 0;
        }

        return same;
    }

    // A range, or an address by itself where that is allowed.
    private static (byte[] Address, int Length)? Range(string text, bool single)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (text.Length > MaxLength || Address(slash < 0 ? text : text[..slash]) is not { } address || (slash < 0 && !single))
        {
            return null;
        }

        int bits = address.Length * 8;
        string digits = slash < 0 ? string.Empty : text[(slash + 1)..];
        return slash < 0 ? (address, bits)
            : int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int length) && length <= bits && (digits.Length == 1 || digits[0] != '0') ? (address, length)
            : null;
    }

    // Without the forms that only some programs understand, such as 0x7f.1 or addresses with a zone.
    private static byte[]? Address(string text)
    {
        bool plain = text.Contains(':', StringComparison.Ordinal)
            ? text.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.')
            : text.Split('.') is { Length: 4 } parts && parts.All(part => part.Length is > 0 and <= 3 && part.All(char.IsAsciiDigit) && (part.Length == 1 || part[0] != '0'));
        if (!plain || !IPAddress.TryParse(text, out IPAddress? address))
        {
            return null;
        }

        return (address.AddressFamily == AddressFamily.InterNetworkV6 && address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();
    }
}
