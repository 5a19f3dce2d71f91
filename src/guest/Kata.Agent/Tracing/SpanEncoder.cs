using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Kata.Agent.Tracing;

/// <summary>
/// Writes spans as <c>kata-trace-forwarder</c> reads them: the length of the span in 8 bytes, the most significant first, then the span in bincode's
/// fixed form (little-endian, lengths in 8 bytes, alternatives in 4) of OpenTelemetry's record of it.
/// </summary>
internal sealed class SpanEncoder
{
    private const uint MaxMembers = 128;
    private const uint StringValue = 3;
    private const uint StatusUnset = 0;
    private const uint StatusError = 2;
    private const int LengthSize = sizeof(ulong);

    private readonly ArrayBufferWriter<byte> _bytes = new(512);
    private readonly IReadOnlyList<KeyValuePair<string, string>> _resource;

    /// <summary>Describes who the spans come from.</summary>
    /// <param name="resource">Details that each span carries.</param>
    public SpanEncoder(IReadOnlyList<KeyValuePair<string, string>> resource) => _resource = resource;

    /// <summary>The frame of one span.</summary>
    public byte[] Encode(Span span)
    {
        _bytes.ResetWrittenCount();
        UInt64(0); // the length, which is known at the end
        Context(span.Context);
        UInt64(span.ParentId);
        UInt32((uint)span.Kind);
        Text(span.Name);
        Time(span.Started);
        Time(span.Ended);
        Attributes(span.Attributes);
        Nothing(); // events
        Nothing(); // links
        UInt32(span.Failure is null ? StatusUnset : StatusError);
        Text(span.Failure ?? string.Empty);
        Byte(1);
        Map(_resource);
        byte[] frame = _bytes.WrittenSpan.ToArray();
        BinaryPrimitives.WriteUInt64BigEndian(frame, (ulong)(frame.Length - LengthSize));
        return frame;
    }

    private void Context(SpanContext context)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(_bytes.GetSpan(16), context.TraceId);
        _bytes.Advance(16);
        UInt64(context.SpanId);
        Byte(context.IsSampled ? (byte)1 : (byte)0);
        Byte(0); // a span of ours is not remote
        Byte(context.State.Count > 0 ? (byte)1 : (byte)0);
        if (context.State.Count > 0)
        {
            UInt64((ulong)context.State.Count);
            foreach ((string key, string value) in context.State)
            {
                Text(key);
                Text(value);
            }
        }
    }

    private void Attributes(IReadOnlyList<KeyValuePair<string, string>> attributes)
    {
        Map(attributes);
        UInt64((ulong)attributes.Count); // the keys again, in the order in which they would be given up
        foreach ((string key, _) in attributes)
        {
            Text(key);
        }

        UInt32(MaxMembers);
        UInt32(0); // given up
    }

    private void Map(IReadOnlyList<KeyValuePair<string, string>> members)
    {
        UInt64((ulong)members.Count);
        foreach ((string key, string value) in members)
        {
            Text(key);
            UInt32(StringValue);
            Text(value);
        }
    }

    // A list that is not there.
    private void Nothing()
    {
        Byte(0);
        UInt32(MaxMembers);
        UInt32(0);
    }

    private void Time(DateTimeOffset time)
    {
        long ticks = Math.Max(0, (time - DateTimeOffset.UnixEpoch).Ticks);
        UInt64((ulong)(ticks / TimeSpan.TicksPerSecond));
        UInt32((uint)(ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick));
    }

    private void Text(string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        UInt64((ulong)length);
        Encoding.UTF8.GetBytes(text, _bytes.GetSpan(length));
        _bytes.Advance(length);
    }

    private void Byte(byte value)
    {
        _bytes.GetSpan(1)[0] = value;
        _bytes.Advance(1);
    }

    private void UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.GetSpan(sizeof(uint)), value);
        _bytes.Advance(sizeof(uint));
    }

    private void UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.GetSpan(sizeof(ulong)), value);
        _bytes.Advance(sizeof(ulong));
    }
}
