using System.Text;

namespace Kata.Hypervisors.Tests;

public sealed class ConsoleTailTests
{
    [Fact]
    public void Tail_Empty_HasNoLines() => Assert.Empty(new ConsoleTail().Tail(10));

    [Fact]
    public void Tail_SerialLineEndings_AreStripped()
    {
        var console = new ConsoleTail();

        console.Append("one\r\n\r\n  two\r\nthree"u8);

        Assert.Equal(["one", "two", "three"], console.Tail(10));
    }

    [Fact]
    public void Tail_MoreLinesThanAsked_GivesTheLast()
    {
        var console = new ConsoleTail();

        console.Append("1\n2\n3\n4\n"u8);

        Assert.Equal(["3", "4"], console.Tail(2));
        Assert.Empty(console.Tail(0));
    }

    [Fact]
    public void Tail_RingOverflows_KeepsTheEndAndMarksTheCut()
    {
        var console = new ConsoleTail(capacity: 16);

        for (int i = 0; i < 100; i++)
        {
            console.Append(Encoding.ASCII.GetBytes($"line-{i:D3}\n"));
        }

        Assert.Equal(900, console.TotalBytes);
        Assert.Equal(["…ne-098", "line-099"], console.Tail(10));
    }

    [Fact]
    public void Append_MoreThanTheRingAtOnce_KeepsTheEnd()
    {
        var console = new ConsoleTail(capacity: 4);

        console.Append("ab"u8);
        console.Append("0123456789"u8);

        Assert.Equal(["…6789"], console.Tail(1));
    }

    [Fact]
    public void Tail_ControlBytes_AreEscaped()
    {
        var console = new ConsoleTail();

        console.Append("\u001b[2J\u0007\"evil\" \\ \u009b \u2028"u8);
        console.Append([0xff, 0xfe]);

        string line = Assert.Single(console.Tail(1));
        Assert.DoesNotContain(line, char.IsControl);
        Assert.StartsWith("\\u001b[2J\\u0007\\\"evil\\\"", line, StringComparison.Ordinal);
        Assert.DoesNotContain('\u2028', line);
    }

    [Fact]
    public void Tail_OneEndlessLine_IsCut()
    {
        var console = new ConsoleTail();

        console.Append(Enumerable.Repeat((byte)'x', 1 << 20).ToArray());

        Assert.InRange(Assert.Single(console.Tail(5)).Length, 1, 600);
    }

    [Fact]
    public async Task Append_WhileOthersRead_NeverTearsTheRing()
    {
        var console = new ConsoleTail(capacity: 1000);
        Task writer = Task.Run(
            () =>
            {
                for (int i = 0; i < 20_000; i++)
                {
                    console.Append("0123456789\n"u8);
                }
            },
            TestContext.Current.CancellationToken);

        while (!writer.IsCompleted)
        {
            Assert.All(console.Tail(50).Skip(1), line => Assert.Equal("0123456789", line));
        }

        await writer;
    }
}
