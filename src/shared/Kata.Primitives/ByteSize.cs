using System.Globalization;

namespace Kata.Primitives;

/// <summary>An amount of memory or storage, in bytes; never negative.</summary>
public readonly record struct ByteSize : IComparable<ByteSize>
{
    private const long Kibi = 1024;

    /// <summary>Wraps a number of bytes.</summary>
    /// <param name="bytes">At least 0.</param>
    public ByteSize(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        Bytes = bytes;
    }

    /// <summary>The amount in bytes.</summary>
    public long Bytes { get; }

    /// <summary>The amount in whole MiB, rounded down.</summary>
    public long Mebibytes => Bytes / (Kibi * Kibi);

    /// <summary>A number of MiB.</summary>
    public static ByteSize FromMebibytes(long mebibytes) => new(checked(mebibytes * Kibi * Kibi));

    /// <summary>
    /// Reads a number with an optional binary suffix: <c>512</c>, <c>64k</c>, <c>128m</c>, <c>128MiB</c>, <c>2g</c>. All suffixes are powers of 1024.
    /// </summary>
    /// <exception cref="KataException">InvalidArgument: not such a number, or larger than 2^63-1 bytes.</exception>
    public static ByteSize Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        int digits = 0;
        while (digits < rest.Length && char.IsAsciiDigit(rest[digits]))
        {
            digits++;
        }

        long? unit = UnitOf(rest[digits..].Trim());
        if (unit is null || !long.TryParse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out long count) || count > long.MaxValue / unit)
        {
            throw KataException.Invalid($"'{text}' is not a size; write a number of bytes or one with k, m or g, such as 512m");
        }

        return new ByteSize(count * unit.Value);
    }

    /// <inheritdoc/>
    public int CompareTo(ByteSize other) => Bytes.CompareTo(other.Bytes);

    /// <summary>The largest unit that divides it evenly: <c>512 MiB</c>.</summary>
    public override string ToString()
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        long value = Bytes;
        int unit = 0;
        while (value != 0 && value % Kibi == 0 && unit < units.Length - 1)
        {
            value /= Kibi;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value} {units[unit]}");
    }

    private static long? UnitOf(ReadOnlySpan<char> suffix) => suffix switch
    {
        "" or "b" or "B" => 1,
        "k" or "K" or "kb" or "KB" or "Ki" or "KiB" => Kibi,
        "m" or "M" or "mb" or "MB" or "Mi" or "MiB" => Kibi * Kibi,
        "g" or "G" or "gb" or "GB" or "Gi" or "GiB" => Kibi * Kibi * Kibi,
        "t" or "T" or "tb" or "TB" or "Ti" or "TiB" => Kibi * Kibi * Kibi * Kibi,
        _ => null,
    };
}
