using System.Buffers.Binary;
using System.Text;

namespace Kata.Agent.Tests.Tracing;

/// <summary>Reads a span as upstream's forwarder does, written from the format's description and not from the encoder.</summary>
internal sealed class SpanReader(byte[] payload)
{
    private int _at;

    public UInt128 TraceId { get; private set; }

    public ulong SpanId { get; private set; }

    public byte Flags { get; private set; }

    public List<(string Key, string Value)> State { get; } = [];

    public ulong ParentId { get; private set; }

    public uint Kind { get; private set; }

    public string Name { get; private set; } = "";

    public (ulong Seconds, uint Nanos) Started { get; private set; }

    public (ulong Seconds, uint Nanos) Ended { get; private set; }

    public Dictionary<string, string> Attributes { get; private set; } = [];

    public uint Status { get; private set; }

    public string Message { get; private set; } = "";

    public Dictionary<string, string> Resource { get; private set; } = [];

    /// <summary>Takes the frames off a stream that has ended.</summary>
    public static List<SpanReader> ReadAll(byte[] stream)
    {
        var spans = new List<SpanReader>();
        for (int at = 0; at < stream.Length;)
        {
            int length = (int)BinaryPrimitives.ReadUInt64BigEndian(stream.AsSpan(at));
            spans.Add(new SpanReader(stream[(at + 8)..(at + 8 + length)]).Read());
            at += 8 + length;
        }

        return spans;
    }

    public SpanReader Read()
    {
        TraceId = BinaryPrimitives.ReadUInt128LittleEndian(Take(16));
        SpanId = Long();
        Flags = Take(1)[0];
        Assert.Equal(0, Take(1)[0]);
        for (ulong n = Take(1)[0] == 0 ? 0 : Long(); n > 0; n--)
        {
            State.Add((Text(), Text()));
        }

        ParentId = Long();
        Kind = Int();
        Name = Text();
        Started = (Long(), Int());
        Ended = (Long(), Int());
        Attributes = Map();
        Assert.Equal((ulong)Attributes.Count, Long());
        foreach (string key in Attributes.Keys)
        {
            Assert.Equal(key, Text());
        }

        Assert.Equal((128u, 0u), (Int(), Int()));
        Assert.Equal((0, 128u, 0u), (Take(1)[0], Int(), Int()));
        Assert.Equal((0, 128u, 0u), (Take(1)[0], Int(), Int()));
        Status = Int();
        Message = Text();
        Assert.Equal(1, Take(1)[0]);
        Resource = Map();
        Assert.Equal(payload.Length, _at);
        return this;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        _at += count;
        return payload.AsSpan(_at - count, count);
    }

    private ulong Long() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    private uint Int() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    private string Text() => Encoding.UTF8.GetString(Take((int)Long()));

    private Dictionary<string, string> Map()
    {
        var map = new Dictionary<string, string>();
        for (ulong n = Long(); n > 0; n--)
        {
            string key = Text();
            Assert.Equal(3u, Int());
            map.Add(key, Text());
        }

        return map;
    }
}
