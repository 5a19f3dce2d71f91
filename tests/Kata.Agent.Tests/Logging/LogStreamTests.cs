using System.Text;
using System.Threading.Channels;
using Kata.Agent.Logging;
using Kata.Agent.Serving;
using Kata.Linux;
using Kata.Linux.Sockets;

namespace Kata.Agent.Tests.Logging;

public sealed class LogStreamTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ServeAsync_RecordsBeforeAndAfterConnecting_ArriveInOrder()
    {
        var stream = new LogStream();
        stream.Write("one\n"u8);
        using var source = new PairSource();
        using var stop = new CancellationTokenSource();
        Task serving = stream.ServeAsync(source, TimeProvider.System, stop.Token);

        await using FdStream reader = source.Connect();
        Assert.Equal("one\n", await ReadAsync(reader, 4));
        stream.Write("two\n"u8);
        Assert.Equal("two\n", await ReadAsync(reader, 4));

        await stop.CancelAsync();
        await serving.WaitAsync(TimeSpan.FromSeconds(10), Token);
    }

    [Fact]
    public async Task Write_NobodyReads_NeverBlocksAndKeepsTheNewest()
    {
        var stream = new LogStream();
        byte[] record = Encoding.UTF8.GetBytes(new string('x', 1023) + "\n");
        for (int i = 0; i < 1000; i++)
        {
            stream.Write(record);
        }

        stream.Write("last\n"u8);
        using var source = new PairSource();
        using var stop = new CancellationTokenSource();
        Task serving = stream.ServeAsync(source, TimeProvider.System, stop.Token);
        await using FdStream reader = source.Connect();
        string first = await ReadAsync(reader, 16);
        int length = 0;
        string tail;
        do
        {
            byte[] buffer = new byte[64 * 1024];
            int count = await reader.ReadAsync(buffer, Token).AsTask().WaitAsync(TimeSpan.FromSeconds(10), Token);
            tail = Encoding.UTF8.GetString(buffer, 0, count);
            length += count;
        }
        while (!tail.EndsWith("last\n", StringComparison.Ordinal));

        Assert.StartsWith("{\"msg\":\"745 reco", first, StringComparison.Ordinal);
        Assert.InRange(length, 200 * 1024, LogStream.Capacity + 1024);
        await stop.CancelAsync();
        await serving.WaitAsync(TimeSpan.FromSeconds(10), Token);
    }

    [Fact]
    public async Task ServeAsync_ReaderLeaves_NextOneGetsTheRest()
    {
        var stream = new LogStream();
        using var source = new PairSource();
        using var stop = new CancellationTokenSource();
        Task serving = stream.ServeAsync(source, TimeProvider.System, stop.Token);
        await using (FdStream first = source.Connect())
        {
            stream.Write("one\n"u8);
            Assert.Equal("one\n", await ReadAsync(first, 4));
        }

        await using FdStream second = source.Connect();
        await source.SecondAccepted.WaitAsync(TimeSpan.FromSeconds(10), Token);
        stream.Write("two\n"u8);

        Assert.Equal("two\n", await ReadAsync(second, 4));
        await stop.CancelAsync();
        await serving.WaitAsync(TimeSpan.FromSeconds(10), Token);
    }

    [Fact]
    public void DivertTo_NoChannel_LosesNothing()
    {
        (Fd read, Fd write) = Fd.Pipe();
        using (read)
        using (write)
        {
            var stream = new LogStream();
            stream.Write("one\n"u8);
            stream.DivertTo(new FdSink(write));
            stream.Write("two\n"u8);

            byte[] buffer = new byte[64];
            Assert.Equal("one\ntwo\n", Encoding.UTF8.GetString(buffer, 0, FdIo.Read(read, buffer)));
        }
    }

    private static async Task<string> ReadAsync(FdStream stream, int count)
    {
        byte[] buffer = new byte[count];
        await stream.ReadExactlyAsync(buffer, Token).AsTask().WaitAsync(TimeSpan.FromSeconds(10), Token);
        return Encoding.UTF8.GetString(buffer);
    }

    private sealed class PairSource : IConnectionSource
    {
        private readonly Channel<FdStream> _waiting = Channel.CreateUnbounded<FdStream>();
        private readonly TaskCompletionSource _second = new();
        private int _accepted;

        public string Name => "pair";

        public Task SecondAccepted => _second.Task;

        public FdStream Connect()
        {
            (Fd first, Fd second) = UnixSockets.Pair();
            _waiting.Writer.TryWrite(new FdStream(first));
            return new FdStream(second);
        }

        public async ValueTask<(FdStream Stream, byte[] Begun)> AcceptAsync(bool firstByte, CancellationToken cancellationToken)
        {
            FdStream stream = await _waiting.Reader.ReadAsync(cancellationToken);
            if (++_accepted == 2)
            {
                _second.TrySetResult();
            }

            return (stream, []);
        }

        public void Dispose() => _waiting.Writer.TryComplete();
    }
}
