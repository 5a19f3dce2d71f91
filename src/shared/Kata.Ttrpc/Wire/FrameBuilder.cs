using System.Buffers;
using Grpc.Core;

namespace Kata.Ttrpc.Wire;

/// <summary>
/// Serializes one message straight into a rented frame. The message goes first, after a gap; the parts before it, whose size depends on its length,
/// are then written backwards into the gap, so nothing is copied.
/// </summary>
internal sealed class FrameBuilder : SerializationContext, IBufferWriter<byte>
{
    // Serializing never waits, so one builder per thread is enough.
    [ThreadStatic]
    private static FrameBuilder? _ofThisThread;

    private byte[] _buffer = [];
    private int _gap;
    private int _end;
    private int _maxLength;

    private FrameBuilder()
    {
    }

    private int PayloadLength => _end - _gap;

    /// <summary>A request frame with stream id 0; the sender fills in the id.</summary>
    /// <exception cref="RpcException">ResourceExhausted: longer than <paramref name="maxLength"/>.</exception>
    public static Frame Request<T>(RequestTarget target, Marshaller<T>? marshaller, T message, MessageFlags flags, int maxLength)
    {
        Metadata? metadata = target.Metadata is { Count: > 0 } some ? some : null;
        int names = ProtoWriter.StringFieldSize(target.Service) + ProtoWriter.StringFieldSize(target.Method);
        int tail = (target.TimeoutNano > 0 ? 1 + ProtoWriter.VarintSize((ulong)target.TimeoutNano) : 0) + (metadata is null ? 0 : MetadataCodec.Size(metadata));
        FrameBuilder builder = Rent(FrameHeader.Size + names + 6, maxLength);
        try
        {
            marshaller?.ContextualSerializer(message, builder);
            int payload = builder.PayloadLength;
            var end = new ProtoWriter(builder.GetSpan(tail)[..tail]);
            if (target.TimeoutNano > 0)
            {
                end.VarintField(4, target.TimeoutNano);
            }

            if (metadata is not null)
            {
                MetadataCodec.Write(ref end, 5, metadata);
            }

            builder._end += tail;
            int prefix = names + (payload == 0 ? 0 : 1 + ProtoWriter.VarintSize((ulong)payload));
            var start = new ProtoWriter(builder._buffer.AsSpan(builder._gap - prefix, prefix));
            start.StringField(1, target.Service);
            start.StringField(2, target.Method);
            if (payload > 0)
            {
                start.BytesHeader(3, payload);
            }

            return builder.Detach(prefix, streamId: 0, MessageType.Request, flags);
        }
        catch
        {
            builder.Abandon();
            throw;
        }
    }

    /// <summary>A successful response.</summary>
    /// <param name="streamId">Its stream.</param>
    /// <param name="marshaller">Knows the message.</param>
    /// <param name="message">The message, without the field that is in the tail.</param>
    /// <param name="maxLength">The longest body.</param>
    /// <param name="tail">A field of bytes that ends the message, with a number below 16; the frame's from now on, unless this throws.</param>
    /// <exception cref="RpcException">ResourceExhausted: longer than <paramref name="maxLength"/>.</exception>
    public static Frame Response<T>(uint streamId, Marshaller<T> marshaller, T message, int maxLength, (int Field, IReplyTail Bytes)? tail = null)
    {
        FrameBuilder builder = Rent(FrameHeader.Size + 6, maxLength);
        try
        {
            marshaller.ContextualSerializer(message, builder);
            if (tail is { } last)
            {
                builder.BeginTail(last.Field, last.Bytes.Length);
            }

            int payload = builder.PayloadLength + (tail?.Bytes.Length ?? 0);
            int prefix = payload == 0 ? 0 : 1 + ProtoWriter.VarintSize((ulong)payload);
            if (payload > 0)
            {
                new ProtoWriter(builder._buffer.AsSpan(builder._gap - prefix, prefix)).BytesHeader(ResponseEnvelope.PayloadField, payload);
            }

            return builder.Detach(prefix, streamId, MessageType.Response, MessageFlags.None, tail?.Bytes);
        }
        catch
        {
            builder.Abandon();
            throw;
        }
    }

    /// <summary>A response that carries a status and no message.</summary>
    public static Frame Response(uint streamId, Status status, Metadata? trailers)
    {
        byte[] serialized = StatusEnvelope.Serialize(status, trailers);
        FrameBuilder builder = Rent(FrameHeader.Size, FrameHeader.MaxBodyLength);
        int length = ProtoWriter.BytesFieldSize(serialized.Length);
        var writer = new ProtoWriter(builder.GetSpan(length));
        writer.BytesHeader(ResponseEnvelope.StatusField, serialized.Length);
        writer.Raw(serialized);
        builder._end += length;
        return builder.Detach(prefix: 0, streamId, MessageType.Response, MessageFlags.None);
    }

    /// <summary>A data frame with one message of a stream.</summary>
    /// <exception cref="RpcException">ResourceExhausted: longer than <paramref name="maxLength"/>.</exception>
    public static Frame Data<T>(uint streamId, Marshaller<T> marshaller, T message, int maxLength)
    {
        FrameBuilder builder = Rent(FrameHeader.Size, maxLength);
        try
        {
            marshaller.ContextualSerializer(message, builder);
            return builder.Detach(prefix: 0, streamId, MessageType.Data, MessageFlags.None);
        }
        catch
        {
            builder.Abandon();
            throw;
        }
    }

    /// <summary>A frame of a bare body.</summary>
    public static Frame Raw(uint streamId, MessageType type, MessageFlags flags, ReadOnlySpan<byte> body)
    {
        FrameBuilder builder = Rent(FrameHeader.Size, FrameHeader.MaxBodyLength);
        builder.Write(body);
        return builder.Detach(prefix: 0, streamId, type, flags);
    }

    /// <inheritdoc/>
    public override void SetPayloadLength(int payloadLength)
    {
        // Known before anything is written: what cannot be sent is not serialized either.
        ThrowIfTooLong(payloadLength);
        EnsureRoom(payloadLength);
    }

    /// <inheritdoc/>
    public override IBufferWriter<byte> GetBufferWriter() => this;

    /// <inheritdoc/>
    public override void Complete()
    {
    }

    /// <inheritdoc/>
    public override void Complete(byte[] payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        ThrowIfTooLong(payload.Length);
        this.Write(payload);
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_buffer.Length - _end));
        _end += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        EnsureRoom(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_end);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        EnsureRoom(Math.Max(sizeHint, 1));
        return _buffer.AsSpan(_end);
    }

    private static FrameBuilder Rent(int gap, int maxLength)
    {
        FrameBuilder builder = _ofThisThread ?? new FrameBuilder();
        _ofThisThread = null;
        builder._buffer = ArrayPool<byte>.Shared.Rent(gap + 256);
        builder._gap = builder._end = gap;
        builder._maxLength = maxLength;
        return builder;
    }

    private void BeginTail(int field, int length)
    {
        int size = 1 + ProtoWriter.VarintSize((ulong)length);
        new ProtoWriter(GetSpan(size)).BytesHeader(field, length);
        _end += size;
    }

    private Frame Detach(int prefix, uint streamId, MessageType type, MessageFlags flags, IReplyTail? tail = null)
    {
        int start = _gap - prefix;
        int here = _end - start;
        int length = here + (tail?.Length ?? 0);
        if (length > _maxLength)
        {
            throw TooLong(length);
        }

        start -= FrameHeader.Size;
        new FrameHeader((uint)length, streamId, type, flags).Write(_buffer.AsSpan(start));
        var frame = new Frame(_buffer, start, here + FrameHeader.Size, tail);
        _buffer = [];
        _ofThisThread = this;
        return frame;
    }

    private void Abandon()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _ofThisThread = this;
    }

    private void EnsureRoom(int count)
    {
        if (_buffer.Length - _end >= count)
        {
            return;
        }

        ThrowIfTooLong(_end - _gap + count);
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, _end + count));
        _buffer.AsSpan(0, _end).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private void ThrowIfTooLong(int length)
    {
        if (length > _maxLength)
        {
            throw TooLong(length);
        }
    }

    private RpcException TooLong(int length) =>
        new(new Status(StatusCode.ResourceExhausted, $"message of {length} bytes exceeds the maximum of {_maxLength}"));
}
