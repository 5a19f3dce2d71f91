using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Kata.Primitives;

namespace Kata.AgentCtl.Requests;

/// <summary>Turns text into the value of a field that is no message.</summary>
internal static class ScalarText
{
    /// <summary>Reads a value.</summary>
    /// <param name="field">The field; of repeated ones, an element.</param>
    /// <param name="text">Numbers are decimal, or begin with <c>0x</c> or, octal, with <c>0</c>.</param>
    /// <returns>Null if the text does not fit.</returns>
    public static object? TryParse(FieldDescriptor field, string text) => field.FieldType switch
    {
        FieldType.String => text,
        FieldType.Bool => text is "true" or "1" or "yes" ? true : text is "false" or "0" or "no" ? false : null,
        FieldType.UInt32 or FieldType.Fixed32 => Number(text) is { } n && n >= 0 && n <= uint.MaxValue ? (uint)n : null,
        FieldType.UInt64 or FieldType.Fixed64 => Number(text) is { } n && n >= 0 && n <= ulong.MaxValue ? (ulong)n : null,
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => Number(text) is { } n && n >= int.MinValue && n <= int.MaxValue ? (int)n : null,
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => Number(text) is { } n && n >= long.MinValue && n <= long.MaxValue ? (long)n : null,
        FieldType.Enum => EnumNumber(field.EnumType, text),
        _ => null,
    };

    /// <summary>Reads bytes written in base64; null if they are not.</summary>
    public static ByteString? TryBase64(string text)
    {
        byte[] bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out int length) ? ByteString.CopyFrom(bytes, 0, length) : null;
    }

    /// <summary>What a field wants, in words.</summary>
    public static string Expected(FieldDescriptor field) => field.FieldType switch
    {
        FieldType.String => "text",
        FieldType.Bytes => "bytes in base64",
        FieldType.Bool => "true or false",
        FieldType.UInt32 or FieldType.Fixed32 => $"a number from 0 to {uint.MaxValue}",
        FieldType.UInt64 or FieldType.Fixed64 => $"a number from 0 to {ulong.MaxValue}",
        FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => $"a number from {int.MinValue} to {int.MaxValue}",
        FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => $"a number from {long.MinValue} to {long.MaxValue}",
        FieldType.Enum => "one of " + string.Join(", ", field.EnumType.Values.Select(value => value.Name)),
        _ => $"a {field.FieldType}",
    };

    /// <summary>Reads a list of addresses in hexadecimal, with or without 0x, separated by commas.</summary>
    /// <exception cref="KataException">InvalidArgument: one is no address.</exception>
    public static IEnumerable<ulong> HexList(string text) => text.Split(',').Select(part =>
        ulong.TryParse(part.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? part[2..] : part, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value)
            ? value
            : throw KataException.Invalid($"{Printable.Escape(part, maxLength: 32)} is no address in hexadecimal"));

    private static Int128? Number(string text)
    {
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong hex) ? hex : null;
        }

        if (text.Length > 1 && text[0] == '0')
        {
            return Octal(text.StartsWith("0o", StringComparison.OrdinalIgnoreCase) ? text.AsSpan(2) : text.AsSpan(1));
        }

        return Int128.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Int128 value) ? value : null;
    }

    private static Int128? Octal(ReadOnlySpan<char> digits)
    {
        Int128 value = 0;
        foreach (char digit in digits)
        {
            if (digit is < '0' or > '7' || value > ulong.MaxValue)
            {
                return null;
            }

            value = (value * 8) + (digit - '0');
        }

        return digits.IsEmpty ? null : value;
    }

    private static object? EnumNumber(EnumDescriptor type, string text)
    {
        EnumValueDescriptor? value = type.Values.FirstOrDefault(candidate => candidate.Name.Equals(text, StringComparison.OrdinalIgnoreCase));
        return value is not null ? value.Number : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number) ? number : null;
    }
}
