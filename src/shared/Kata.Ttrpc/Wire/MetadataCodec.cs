using System.Text;
using Grpc.Core;

namespace Kata.Ttrpc.Wire;

/// <summary>
/// <c>KeyValue { string key = 1; string value = 2; }</c> ↔ gRPC metadata. Several entries may share a key. Values of keys that end in <c>-bin</c>
/// travel as base64, as in gRPC.
/// </summary>
internal static class MetadataCodec
{
    private const int KeyField = 1;
    private const int ValueField = 2;

    /// <summary>Bytes that <see cref="Write"/> writes.</summary>
    public static int Size(Metadata metadata)
    {
        int size = 0;
        foreach (Metadata.Entry entry in metadata)
        {
            size += ProtoWriter.BytesFieldSize(EntrySize(entry));
        }

        return size;
    }

    /// <summary>Writes each entry as one field.</summary>
    public static void Write(ref ProtoWriter writer, int field, Metadata metadata)
    {
        foreach (Metadata.Entry entry in metadata)
        {
            writer.BytesHeader(field, EntrySize(entry));
            writer.StringField(KeyField, entry.Key);
            writer.StringField(ValueField, Text(entry));
        }
    }

    /// <summary>Reads one entry. What gRPC metadata cannot express (a key with a blank, an empty key) is passed over, as a peer may send anything.</summary>
    /// <returns>False when the bytes are no KeyValue.</returns>
    public static bool TryAdd(ReadOnlySpan<byte> entry, Metadata metadata)
    {
        ReadOnlySpan<byte> key = default;
        ReadOnlySpan<byte> value = default;
        var reader = new ProtoReader(entry);
        while (!reader.AtEnd)
        {
            if (!reader.TryReadTag(out int field, out WireType type))
            {
                return false;
            }

            bool read = (field, type) switch
            {
                (KeyField, WireType.Bytes) => reader.TryReadBytes(out key),
                (ValueField, WireType.Bytes) => reader.TryReadBytes(out value),
                _ => reader.TrySkip(type),
            };
            if (!read)
            {
                return false;
            }
        }

        if (IsValidKey(key))
        {
            Add(metadata, Encoding.ASCII.GetString(key), Encoding.UTF8.GetString(value));
        }

        return true;
    }

    private static void Add(Metadata metadata, string key, string value)
    {
        if (!key.EndsWith(Metadata.BinaryHeaderSuffix, StringComparison.OrdinalIgnoreCase))
        {
            metadata.Add(key, value);
            return;
        }

        byte[] bytes = new byte[value.Length];
        if (Convert.TryFromBase64String(value, bytes, out int length))
        {
            metadata.Add(key, bytes[..length]);
        }
    }

    private static bool IsValidKey(ReadOnlySpan<byte> key) =>
        !key.IsEmpty && key.IndexOfAnyExcept("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."u8) < 0;

    private static int EntrySize(Metadata.Entry entry) => ProtoWriter.StringFieldSize(entry.Key) + ProtoWriter.StringFieldSize(Text(entry));

    private static string Text(Metadata.Entry entry) => entry.IsBinary ? Convert.ToBase64String(entry.ValueBytes) : entry.Value;
}
