using Kata.Agent.Tracing;

namespace Kata.Agent.Tests.Tracing;

public sealed class SpanEncoderTests
{
    [Fact]
    public void Encode_Span_IsWhatTheForwarderReads()
    {
        Span span = NewSpan();
        span.Add("container_id", "c1");
        span.Add("empty", "");
        span.Fail("NotFound: wörd");
        span.Ended = span.Started + TimeSpan.FromTicks(12345);

        SpanReader read = Assert.Single(SpanReader.ReadAll(new SpanEncoder([new("service.name", "kata-agent")]).Encode(span)));

        Assert.Equal(new UInt128(1, 2), read.TraceId);
        Assert.Equal((3ul, (byte)1, 4ul, 1u, "create_container"), (read.SpanId, read.Flags, read.ParentId, read.Kind, read.Name));
        Assert.Equal([("k", "v")], read.State);
        Assert.Equal((1_700_000_000ul, 500u), read.Started);
        Assert.Equal((1_700_000_000ul, 1_235_000u), read.Ended);
        Assert.Equal("c1", Assert.Single(read.Attributes).Value);
        Assert.Equal((2u, "NotFound: wörd"), (read.Status, read.Message));
        Assert.Equal("kata-agent", read.Resource["service.name"]);
    }

    [Fact]
    public void Encode_SmallestSpan_HasTheseBytes()
    {
        var span = new Span
        {
            Name = "a",
            Context = new SpanContext(1, 2, true, []),
            Kind = SpanKind.Internal,
            Started = DateTimeOffset.UnixEpoch,
            Ended = DateTimeOffset.UnixEpoch,
        };

        // Length, trace, span, flags, remote, no state; no parent, internal, "a", times; no attributes, events, links; status, resource.
        const string Expected = "0000000000000087" + "01000000000000000000000000000000" + "0200000000000000" + "010000" + "0000000000000000" + "04000000"
            + "010000000000000061" + "000000000000000000000000" + "000000000000000000000000" + "0000000000000000" + "0000000000000000" + "8000000000000000"
            + "008000000000000000" + "008000000000000000" + "00000000" + "0000000000000000" + "010000000000000000";
        Assert.Equal(Expected, Convert.ToHexStringLower(new SpanEncoder([]).Encode(span)));
    }

    [Fact]
    public void Encode_AnyText_IsBounded()
    {
        Span span = NewSpan();
        for (int i = 0; i < 100; i++)
        {
            span.Add($"k{i}", new string('\ud800', 5000));
        }

        byte[] frame = new SpanEncoder([]).Encode(span);

        Assert.InRange(frame.Length, 1, 32 * 1024);
        Assert.Equal(16, SpanReader.ReadAll(frame)[0].Attributes.Count);
    }

    [Theory]
    [InlineData("CreateContainer", "create_container")]
    [InlineData("AddARPNeighbors", "add_arp_neighbors")]
    [InlineData("OnlineCPUMem", "online_cpu_mem")]
    [InlineData("GetIPTables", "get_iptables")]
    [InlineData("UpdateEphemeralMounts", "update_mounts")]
    [InlineData("MemHotplugByProbe", "mem_hotplug_by_probe")]
    [InlineData("RemoveStaleVirtiofsShareMounts", "remove_stale_virtiofs_share_mounts")]
    [InlineData("ReadStdout", null)]
    [InlineData("ReadStderr", null)]
    [InlineData("WriteStdin", null)]
    [InlineData("GetOOMEvent", null)]
    public void Of_Method_IsUpstreamsName(string method, string? name) => Assert.Equal(name, SpanNames.Of(method));

    private static Span NewSpan() => new()
    {
        Name = "create_container",
        Context = new SpanContext(new UInt128(1, 2), 3, true, [new("k", "v")]),
        ParentId = 4,
        Kind = SpanKind.Server,
        Started = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000) + TimeSpan.FromTicks(5),
    };
}
