using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Kata.Agent.Processes;
using Kata.Linux;
using Kata.Primitives;
using Microsoft.Extensions.Time.Testing;

namespace Kata.Agent.Tests.Processes;

public sealed class StreamTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_WriterCloses_GivesTheRestThenTheEnd()
    {
        (Fd read, Fd write) = Fd.Pipe();
        using var stream = new OutputStream(read, TimeProvider.System);
        FdIo.WriteAll(write, "last words"u8);
        write.Dispose();

        Assert.Equal("last words", (await stream.ReadAsync(100, Token)).Bytes.ToStringUtf8());
        Assert.True((await stream.ReadAsync(100, Token)).Bytes.IsEmpty);
        Assert.True(stream.HasEnded);
    }

    [Fact]
    public async Task Read_ProcessGoneButPipeHeld_EndsAfterTheLinger()
    {
        var time = new FakeTimeProvider();
        (Fd read, Fd write) = Fd.Pipe();
        using Fd held = write;
        using var stream = new OutputStream(read, time);
        FdIo.WriteAll(write, "x"u8);
        stream.ProcessExited();
        OutputPiece first = await stream.ReadAsync(100, Token);
        Task<OutputPiece> second = stream.ReadAsync(100, Token);
        bool early = second.IsCompleted;
        time.Advance(OutputStream.LingerTime);

        Assert.Equal("x", first.Bytes.ToStringUtf8());
        Assert.False(early);
        Assert.True((await second).Bytes.IsEmpty);
    }

    [Fact]
    public async Task Read_Disposed_Ends()
    {
        (Fd read, Fd write) = Fd.Pipe();
        using Fd held = write;
        var stream = new OutputStream(read, TimeProvider.System);
        Task<OutputPiece> reading = stream.ReadAsync(100, Token);
        stream.Dispose();

        Assert.True((await reading).Bytes.IsEmpty);
    }

    [Fact]
    public async Task Read_PipeFoundFull_FetchesLargerPiecesFromThenOn()
    {
        byte[] data = Encoding.ASCII.GetBytes(new string('a', OutputStream.MaxRead));
        (Fd read, Fd write) = Fd.Pipe(nonBlocking: true);
        using Fd held = write;
        using var stream = new OutputStream(read, TimeProvider.System);
        int first = FdIo.Write(write, data);
        using OutputPiece small = await stream.ReadAsync(1 << 20, Token);
        int second = FdIo.Write(write, data);
        using OutputPiece large = await stream.ReadAsync(1 << 20, Token);

        Assert.Equal(first, small.Bytes.Length);
        Assert.True(second >= first);
        Assert.Equal(second, large.Bytes.Length);
    }

    [Fact]
    public async Task Read_MuchInAPipe_ComesAsAPieceThatNobodyCanTakeBack()
    {
        (Fd read, Fd write) = Fd.Pipe(nonBlocking: true);
        using Fd held = write;
        using var thief = Fd.Open($"/proc/self/fd/{read.Value}", OpenFlags.ReadOnly | OpenFlags.NonBlocking);
        using var stream = new OutputStream(read, TimeProvider.System);
        byte[] data = RandomNumberGenerator.GetBytes(200_000);
        FdIo.Write(write, new byte[OutputStream.MaxRead]);
        (await stream.ReadAsync(1 << 20, Token, piped: true)).Dispose(); // finds it full
        int written = FdIo.Write(write, data);

        using PipedOutput piped = (await stream.ReadAsync(1 << 20, Token, piped: true)).TakePiped()!;
        Errno stolen = FdIo.TryRead(thief, new byte[100], out _);
        using var sent = new MemoryStream();
        await piped.WriteToAsync(sent, Token);

        Assert.Equal((written, Errno.EAGAIN), (piped.Length, stolen));
        Assert.Equal(data[..written], sent.ToArray());
    }

    [Fact]
    public async Task Read_PieceInAPipeWasNotSent_NextOnesComeAllTheSame()
    {
        (Fd read, Fd write) = Fd.Pipe(nonBlocking: true);
        using Fd held = write;
        using var stream = new OutputStream(read, TimeProvider.System);
        FdIo.Write(write, new byte[OutputStream.MaxRead]);
        (await stream.ReadAsync(1 << 20, Token, piped: true)).Dispose();
        int descriptors = Directory.GetFiles("/proc/self/fd").Length;
        for (byte i = 0; i < 200; i++)
        {
            byte[] data = [.. Enumerable.Repeat(i, 100_000)];
            FdIo.Write(write, data);
            OutputPiece piece = await stream.ReadAsync(1 << 20, Token, piped: true);
            using var sent = new MemoryStream();
            if (i % 2 == 1)
            {
                using PipedOutput piped = piece.TakePiped()!;
                await piped.WriteToAsync(sent, Token);
                Assert.Equal(data, sent.ToArray());
            }

            piece.Dispose(); // the connection was lost
        }

        Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, 0, descriptors + 50); // other tests have some too
    }

    [Fact]
    public async Task Read_WhileThePieceBeforeIsOnItsWay_IsInMemory()
    {
        (Fd read, Fd write) = Fd.Pipe(nonBlocking: true);
        using Fd held = write;
        using var stream = new OutputStream(read, TimeProvider.System);
        FdIo.Write(write, new byte[OutputStream.MaxRead]);
        (await stream.ReadAsync(1 << 20, Token, piped: true)).Dispose();
        FdIo.Write(write, new byte[100_000]);
        using OutputPiece first = await stream.ReadAsync(1 << 20, Token, piped: true);
        FdIo.Write(write, new byte[90_000]);
        using OutputPiece second = await stream.ReadAsync(1 << 20, Token, piped: true);

        Assert.False(first.IsEnd);
        Assert.Equal((0, 90_000), (first.Bytes.Length, second.Bytes.Length));
    }

    [Theory]
    [InlineData(ulong.MaxValue, 4 << 20)]
    [InlineData(64UL << 20, 4 << 20)]
    [InlineData(16UL << 20, 1 << 20)]
    [InlineData(2UL << 20, 64 << 10)]
    [InlineData(0UL, 64 << 10)]
    public async Task Read_PipeWasFull_GrowsByTheMemoryThereIs(ulong memory, int capacity)
    {
        (Fd read, Fd write) = Fd.Pipe(nonBlocking: true);
        using Fd held = write;
        using var stream = new OutputStream(read, TimeProvider.System, () => memory);
        FdIo.Write(write, new byte[64 << 10]);
        (await stream.ReadAsync(1 << 20, Token, piped: true)).Dispose();

        int written = 0;
        while (FdIo.TryWrite(write, new byte[64 << 10], out int count) == 0)
        {
            written += count;
        }

        Assert.Equal(Math.Min(capacity, MostInAPipe()), written);
    }

    [Fact]
    public async Task Read_HostAsksForLess_GetsNoMore()
    {
        (Fd read, Fd write) = Fd.Pipe(nonBlocking: true);
        using Fd held = write;
        using var stream = new OutputStream(read, TimeProvider.System);
        FdIo.Write(write, new byte[100_000]);
        using OutputPiece piece = await stream.ReadAsync(1000, Token);

        Assert.Equal(1000, piece.Bytes.Length);
    }

    // Without CAP_SYS_RESOURCE it is what anyone may have.
    private static int MostInAPipe()
    {
        (Fd read, Fd write) = Fd.Pipe();
        using (read)
        using (write)
        {
            return PipeCapacity.TrySet(read, 4 << 20) ?? int.Parse(File.ReadAllText("/proc/sys/fs/pipe-max-size"), CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public async Task Write_MoreThanThePipeHolds_WaitsForTheReader()
    {
        byte[] data = Encoding.ASCII.GetBytes(new string('a', 300_000));
        (Fd read, Fd write) = Fd.Pipe();
        using Fd source = read;
        using var input = new InputStream(write, isTerminal: false);
        Task writing = input.WriteAsync(data, Token);
        Task closing = input.CloseAsync(Token);
        int total = await Task.Run(() => ReadToEnd(source), Token);
        await writing;
        await closing;

        Assert.Equal(data.Length, total);
    }

    [Fact]
    public async Task Write_AfterClose_IsRefused()
    {
        (Fd read, Fd write) = Fd.Pipe();
        using Fd source = read;
        using var input = new InputStream(write, isTerminal: false);
        await input.CloseAsync(Token);
        await input.CloseAsync(Token);

        var error = await Assert.ThrowsAsync<KataException>(() => input.WriteAsync(new byte[1], Token));
        Assert.Equal(ErrorCode.FailedPrecondition, error.Code);
    }

    private static int ReadToEnd(Fd source)
    {
        byte[] buffer = new byte[65536];
        int total = 0;
        for (int count = FdIo.Read(source, buffer); count > 0; count = FdIo.Read(source, buffer))
        {
            total += count;
        }

        return total;
    }
}
