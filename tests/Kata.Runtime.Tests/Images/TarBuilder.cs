using System.Globalization;
using System.Text;

namespace Kata.Runtime.Tests.Images;

/// <summary>Writes archives byte by byte, so that it can write what no sane program would.</summary>
internal sealed class TarBuilder
{
    private readonly MemoryStream _bytes = new();

    public TarBuilder File(string name, string content = "", uint mode = 0x1A4, long? claimedSize = null, uint user = 0, uint group = 0) =>
        Entry('0', name, Encoding.UTF8.GetBytes(content), mode, claimedSize: claimedSize, user: user, group: group);

    public TarBuilder Directory(string name, uint mode = 0x1ED) => Entry('5', name, [], mode);

    public TarBuilder SymbolicLink(string name, string target) => Entry('2', name, [], link: target);

    public TarBuilder HardLink(string name, string target) => Entry('1', name, [], link: target);

    public TarBuilder Device(char type, string name, uint major, uint minor) => Entry(type, name, [], major: major, minor: minor);

    public TarBuilder Fifo(string name) => Entry('6', name, []);

    public TarBuilder LongName(string name) => Entry('L', "././@LongLink", Encoding.UTF8.GetBytes(name + "\0"));

    public TarBuilder Pax(params (string Key, string Value)[] records) => Pax('x', string.Concat(records.Select(r => Record(r.Key, r.Value))));

    public TarBuilder Pax(char type, string text) => Entry(type, "PaxHeaders/x", Encoding.UTF8.GetBytes(text));

    public TarBuilder Raw(ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public TarBuilder Entry(
        char type, string name, byte[] data, uint mode = 0x1A4, string link = "", uint major = 0, uint minor = 0, long? claimedSize = null, uint user = 0, uint group = 0)
    {
        byte[] header = new byte[512];
        Put(header, 0, name);
        Put(header, 100, Octal(mode, 7));
        Put(header, 108, Octal(user, 7));
        Put(header, 116, Octal(group, 7));
        Put(header, 124, Octal(claimedSize ?? data.Length, 11));
        Put(header, 136, Octal(1_000_000_000, 11));
        header[156] = (byte)type;
        Put(header, 157, link);
        Put(header, 257, "ustar\000");
        Put(header, 329, Octal(major, 7));
        Put(header, 337, Octal(minor, 7));
        Seal(header);
        _bytes.Write(header);
        _bytes.Write(data);
        _bytes.Write(new byte[(512 - (data.Length % 512)) % 512]);
        return this;
    }

    public byte[] Finish()
    {
        _bytes.Write(new byte[1024]);
        return _bytes.ToArray();
    }

    public byte[] Unfinished() => _bytes.ToArray();

    public static void Seal(byte[] header)
    {
        header.AsSpan(148, 8).Fill((byte)' ');
        Put(header, 148, Octal(header.Sum(b => b), 6) + "\0 ");
    }

    public static string Record(string key, string value)
    {
        int length = Encoding.UTF8.GetByteCount($" {key}={value}\n");
        int total = length + length.ToString(CultureInfo.InvariantCulture).Length;
        total = length + total.ToString(CultureInfo.InvariantCulture).Length;
        return string.Create(CultureInfo.InvariantCulture, $"{total} {key}={value}\n");
    }

    private static void Put(byte[] header, int offset, string text) => Encoding.UTF8.GetBytes(text).CopyTo(header.AsSpan(offset));

    private static string Octal(long value, int digits) => Convert.ToString(value, 8).PadLeft(digits, '0');
}
