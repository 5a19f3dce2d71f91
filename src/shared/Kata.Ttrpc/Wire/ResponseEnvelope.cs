using Grpc.Core;

namespace Kata.Ttrpc.Wire;

/// <summary><c>Response { google.rpc.Status status = 1; bytes payload = 2; }</c>, read in place. An absent status and one with code 0 both mean success.</summary>
internal struct ResponseEnvelope
{
    public const int StatusField = 1;
    public const int PayloadField = 2;

    public Status Status;

    /// <summary>The serialized status, when it carries details; else null.</summary>
    public byte[]? Details;

    /// <summary>Where the payload lies in the parsed body.</summary>
    public Range Payload;

    public static bool TryParse(ReadOnlySpan<byte> body, out ResponseEnvelope response)
    {
        response = new ResponseEnvelope { Status = Status.DefaultSuccess, Payload = ..0 };
        var reader = new ProtoReader(body);
        while (!reader.AtEnd)
        {
            if (!reader.TryReadTag(out int field, out WireType type))
            {
                return false;
            }

            if (type != WireType.Bytes || field is not (StatusField or PayloadField))
            {
                if (!reader.TrySkip(type))
                {
                    return false;
                }

                continue;
            }

            if (!reader.TryReadRange(out Range range))
            {
                return false;
            }

            if (field == PayloadField)
            {
                response.Payload = range;
                continue;
            }

            if (!StatusEnvelope.TryParse(body[range], out response.Status, out bool hasDetails))
            {
                return false;
            }

            response.Details = hasDetails ? body[range].ToArray() : null;
        }

        return true;
    }
}
