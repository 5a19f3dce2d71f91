using System.Globalization;

using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>Extended headers: what does not fit into the block in front of an entry.</summary>
internal sealed class PaxRecords
{
    private const string AttributePrefix = "SCHILY.xattr.";
    private const int MaxRecords = 1024;
    private const int MaxDigits = 8;

    public string? Path { get; private set; }

    public string? LinkTarget { get; private set; }

    public long? Size { get; private set; }

    public uint? UserId { get; private set; }

    public uint? GroupId { get; private set; }

    public (long Seconds, uint Nanoseconds)? Modified { get; private set; }

    public Dictionary<string, byte[]> ExtendedAttributes { get; } = new(StringComparer.Ordinal);

    /// <summary>Takes records of the form <c>length key=value\n</c>; the length counts itself.</summary>
    /// <exception cref="KataException">InvalidArgument: the records are malformed, or of a sparse file, which is not supported.</exception>
    public void Add(ReadOnlySpan<byte> records)
    {
        for (int count = 0; !records.IsEmpty; count++)
        {
            int space = records[..Math.Min(records.Length, MaxDigits + 1)].IndexOf((byte)' ');
            if (count == MaxRecords || space <= 0
                || !int.TryParse(records[..space], NumberStyles.None, CultureInfo.InvariantCulture, out int length)
                || length <= space + 1 || length > records.Length || records[length - 1] != '\n')
            {
                throw Malformed();
            }

            ReadOnlySpan<byte> record = records[(space + 1)..(length - 1)];
            int equals = record.IndexOf((byte)'=');
            if (equals <= 0)
            {
                throw Malformed();
            }

            Set(TarHeader.Text(record[..equals]), record[(equals + 1)..]);
            records = records[length..];
        }
    }

    private void Set(string key, ReadOnlySpan<byte> value)
    {
        switch (key)
        {
            case "path":
                Path = TextWithoutNul(value);
                break;
            case "linkpath":
                LinkTarget = TextWithoutNul(value);
                break;
            case "size":
                Size = Whole(value);
                break;
            case "uid":
                UserId = Id(value);
                break;
            case "gid":
                GroupId = Id(value);
                break;
            case "mtime":
                Modified = Time(value);
                break;
            default:
                SetOther(key, value);
                break;
        }
    }

    private void SetOther(string key, ReadOnlySpan<byte> value)
    {
        if (key.StartsWith(AttributePrefix, StringComparison.Ordinal))
        {
            ExtendedAttributes[key[AttributePrefix.Length..]] = value.ToArray();
        }
        else if (key.StartsWith("GNU.sparse.", StringComparison.Ordinal))
        {
            throw KataException.Unsupported("the archive has a sparse file, which layers do not have");
        }
    }

    private static string TextWithoutNul(ReadOnlySpan<byte> value) => value.Contains((byte)0) ? throw Malformed() : TarHeader.Text(value);

    private static long Whole(ReadOnlySpan<byte> value) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : throw Malformed();

    private static uint Id(ReadOnlySpan<byte> value) => Whole(value) is >= 0 and < uint.MaxValue and var id ? (uint)id : throw Malformed();

    private static (long Seconds, uint Nanoseconds) Time(ReadOnlySpan<byte> value)
    {
        int dot = value.IndexOf((byte)'.');
        ReadOnlySpan<byte> whole = dot < 0 ? value : value[..dot];
        if (!long.TryParse(whole, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long seconds))
        {
            throw Malformed();
        }

        uint nanoseconds = 0;
        uint unit = 100_000_000;
        foreach (byte digit in dot < 0 ? [] : value[(dot + 1)..])
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                throw Malformed();
            }

            nanoseconds += unit * (uint)(digit - '0');
            unit /= 10;
        }

        // A fraction counts downwards from a negative number of seconds, which is not worth the code for times before 1970.
        return (seconds, seconds < 0 ? 0 : nanoseconds);
    }

    private static KataException Malformed() => KataException.Invalid("not a tar archive, or a damaged one: an extended header is malformed");
}
