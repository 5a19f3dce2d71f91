using System.Globalization;
using Kata.Primitives;

namespace Kata.Linux.Netlink;

/// <summary>Link-layer addresses and their text.</summary>
public static class HardwareAddress
{
    private const int MaxLength = 32; // the kernel's MAX_ADDR_LEN

    /// <summary>Reads <c>02:00:aa:bb:cc:dd</c>, in either case.</summary>
    /// <exception cref="KataException">InvalidArgument: not pairs of hex digits with colons between.</exception>
    public static byte[] Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Length <= MaxLength * 3 ? text.Split(':') : [];
        byte[] bytes = new byte[parts.Length];
        bool valid = parts.Length is > 1 and <= MaxLength;
        for (int i = 0; i < parts.Length && valid; i++)
        {
            valid = parts[i].Length == 2 && byte.TryParse(parts[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[i]);
        }

        return valid ? bytes : throw KataException.Invalid($"'{Printable.Escape(text, 64)}' is no hardware address such as 02:00:00:00:00:01");
    }

    /// <summary>Writes an address in lower case with colons; empty for none.</summary>
    public static string Format(ReadOnlySpan<byte> address) => Convert.ToHexStringLower(address) is var hex
        ? string.Join(':', Enumerable.Range(0, hex.Length / 2).Select(i => hex.Substring(i * 2, 2)))
        : string.Empty;
}
