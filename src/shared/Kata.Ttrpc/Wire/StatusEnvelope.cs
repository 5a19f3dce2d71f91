using System.Text;
using Grpc.Core;

namespace Kata.Ttrpc.Wire;

/// <summary>
/// <c>google.rpc.Status { int32 code = 1; string message = 2; repeated Any details = 3; }</c> ↔ gRPC status. Details travel, on the gRPC side, as the
/// serialized message in the trailer <c>grpc-status-details-bin</c>, where every gRPC library looks for them.
/// </summary>
internal static class StatusEnvelope
{
    /// <summary>The trailer with the serialized google.rpc.Status.</summary>
    public const string DetailsTrailer = "grpc-status-details-bin";

    private const int CodeField = 1;
    private const int MessageField = 2;
    private const int DetailsField = 3;

    /// <summary>The largest status message sent: beyond it text is cut, so that a status always fits into a frame.</summary>
    private const int MaxMessageLength = 64 * 1024;

    public static bool TryParse(ReadOnlySpan<byte> message, out Status status, out bool hasDetails)
    {
        ulong code = 0;
        ReadOnlySpan<byte> text = default;
        status = default;
        hasDetails = false;
        var reader = new ProtoReader(message);
        while (!reader.AtEnd)
        {
            if (!reader.TryReadTag(out int field, out WireType type))
            {
                return false;
            }

            hasDetails |= field == DetailsField;
            bool read = (field, type) switch
            {
                (CodeField, WireType.Varint) => reader.TryReadVarint(out code),
                (MessageField, WireType.Bytes) => reader.TryReadBytes(out text),
                _ => reader.TrySkip(type),
            };
            if (!read)
            {
                return false;
            }
        }

        // The peer may send any number; what gRPC has no name for is Unknown.
        StatusCode known = code <= (ulong)StatusCode.Unauthenticated ? (StatusCode)code : StatusCode.Unknown;
        status = new Status(known, Encoding.UTF8.GetString(text));
        return true;
    }

    /// <summary>Serializes a status. Details come from the trailer, if it holds a status with the same code.</summary>
    public static byte[] Serialize(Status status, Metadata? trailers)
    {
        byte[]? details = trailers?.GetValueBytes(DetailsTrailer);
        if (details is { Length: > 0 and < FrameHeader.MaxBodyLength / 2 }
            && TryParse(details, out Status detailed, out _) && detailed.StatusCode == status.StatusCode)
        {
            return details;
        }

        string text = status.Detail ?? "";
        text = text.Length <= MaxMessageLength ? text : text[..MaxMessageLength];
        byte[] bytes = new byte[1 + ProtoWriter.VarintSize((ulong)status.StatusCode) + ProtoWriter.StringFieldSize(text)];
        var writer = new ProtoWriter(bytes);
        writer.VarintField(CodeField, (long)status.StatusCode);
        writer.StringField(MessageField, text);
        return bytes;
    }
}
