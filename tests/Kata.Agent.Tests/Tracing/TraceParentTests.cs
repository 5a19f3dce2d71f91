using Grpc.Core;
using Kata.Agent.Tracing;

namespace Kata.Agent.Tests.Tracing;

public sealed class TraceParentTests
{
    private const string Good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Theory]
    [InlineData(Good, true)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", false)]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03", true)]
    [InlineData("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-brings", true)]
    public void Parse_Header_IsTheCallersSpan(string text, bool sampled)
    {
        SpanContext context = TraceParent.Parse(text)!.Value;

        Assert.Equal(new UInt128(0x0af7651916cd43dd, 0x8448eb211c80319c), context.TraceId);
        Assert.Equal(0xb7ad6b7169203331, context.SpanId);
        Assert.Equal(sampled, context.IsSampled);
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("00-00000000000000000000000000000000-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01")]
    [InlineData("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01")]
    [InlineData("00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-011")]
    [InlineData("0g-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00- af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    [InlineData("00-+af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")]
    public void Parse_Malformed_IsNone(string text) => Assert.Null(TraceParent.Parse(text));

    [Fact]
    public void Parse_AnyBytes_NeverBreaks()
    {
        var random = new Random(5);
        for (int i = 0; i < 20_000; i++)
        {
            char[] text = Good.ToCharArray();
            for (int n = random.Next(4); n > 0; n--)
            {
                text[random.Next(text.Length)] = (char)random.Next(random.Next(2) == 0 ? 128 : 65536);
            }

            SpanContext? context = TraceParent.Parse(new string(text)[..random.Next(text.Length + 1)] + new string('-', random.Next(100)));
            Assert.True(context is null || (context.Value.TraceId != 0 && context.Value.SpanId != 0));
        }
    }

    [Fact]
    public void Read_State_IsKeptInOrder()
    {
        var headers = new Metadata { { "traceparent", Good }, { "tracestate", "a=1, b@c=2" }, { "tracestate", "d=3" } };

        Assert.Equal("[a, 1] [b@c, 2] [d, 3]", string.Join(' ', TraceParent.Read(headers)!.Value.State));
    }

    [Theory]
    [InlineData("a")]
    [InlineData("=1")]
    [InlineData("a=")]
    [InlineData("a=\u00e4")]
    public void Read_MalformedState_IsLeftOut(string state) =>
        Assert.Empty(TraceParent.Read([new Metadata.Entry("traceparent", Good), new Metadata.Entry("tracestate", state)])!.Value.State);

    [Fact]
    public void Read_HugeState_IsLeftOut()
    {
        var headers = new Metadata { { "traceparent", Good }, { "tracestate", string.Join(',', Enumerable.Range(0, 33).Select(i => $"k{i}=v")) } };
        Assert.Empty(TraceParent.Read(headers)!.Value.State);
        Assert.Empty(TraceParent.Read([new Metadata.Entry("traceparent", Good), new Metadata.Entry("tracestate", "a=" + new string('x', 5000))])!.Value.State);
    }
}
