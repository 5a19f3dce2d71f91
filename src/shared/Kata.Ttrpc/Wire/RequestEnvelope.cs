using Grpc.Core;

namespace Kata.Ttrpc.Wire;

/// <summary>
/// <c>Request { string service = 1; string method = 2; bytes payload = 3; int64 timeout_nano = 4; repeated KeyValue metadata = 5; }</c>, read in place.
/// </summary>
internal struct RequestEnvelope
{
    /// <summary>Entries beyond this make a request malformed: each two bytes of input would become an object.</summary>
    public const int MaxMetadataEntries = 1024;

    private const int ServiceField = 1;
    private const int MethodField = 2;
    private const int PayloadField = 3;
    private const int TimeoutField = 4;
    private const int MetadataField = 5;

    /// <summary>Where the service's name lies in the parsed body.</summary>
    public Range Service;

    /// <summary>Where the method's name lies in the parsed body.</summary>
    public Range Method;

    /// <summary>Nanoseconds the caller waits; 0 or less: no limit.</summary>
    public long TimeoutNano;

    /// <summary>Where the payload lies in the parsed body.</summary>
    public Range Payload;

    /// <summary>Null when the request has none.</summary>
    public Metadata? Metadata;

    public static bool TryParse(ReadOnlySpan<byte> body, out RequestEnvelope request)
    {
        request = new RequestEnvelope { Service = ..0, Method = ..0, Payload = ..0 };
        var reader = new ProtoReader(body);
        while (!reader.AtEnd)
        {
            if (!reader.TryReadTag(out int field, out WireType type) || !request.TryReadField(ref reader, field, type))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryReadField(ref ProtoReader reader, int field, WireType type)
    {
        switch (field, type)
        {
            case (ServiceField, WireType.Bytes):
                return reader.TryReadRange(out Service);
            case (MethodField, WireType.Bytes):
                return reader.TryReadRange(out Method);
            case (PayloadField, WireType.Bytes):
                return reader.TryReadRange(out Payload);
            case (TimeoutField, WireType.Varint):
                bool read = reader.TryReadVarint(out ulong timeout);
                TimeoutNano = (long)timeout;
                return read;
            case (MetadataField, WireType.Bytes):
                return reader.TryReadBytes(out ReadOnlySpan<byte> entry) && (Metadata?.Count ?? 0) < MaxMetadataEntries
                    && MetadataCodec.TryAdd(entry, Metadata ??= []);
            default:
                return reader.TrySkip(type);
        }
    }
}
