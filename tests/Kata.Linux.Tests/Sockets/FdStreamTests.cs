using System.Security.Cryptography;
using Kata.Linux.Paths;
using Kata.Linux.Sockets;
using Kata.Linux.Terminals;

namespace Kata.Linux.Tests.Sockets;

public sealed class FdStreamTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task ReadAsync_DataComesLater_Completes()
    {
        (FdStream a, FdStream b) = Pair();
        using (a)
        using (b)
        {
            byte[] buffer = new byte[10];
            ValueTask<int> read = a.ReadAsync(buffer, Token);
            Assert.False(read.IsCompleted);

            await b.WriteAsync("hello"u8.ToArray(), Token);

            Assert.Equal(5, await read.AsTask().WaitAsync(TimeSpan.FromSeconds(10), Token));
            b.CompleteWriting();
            Assert.Equal(0, await a.ReadAsync(buffer, Token));
            await a.WriteAsync("back"u8.ToArray(), Token);
            Assert.Equal(4, await b.ReadAsync(buffer, Token));
        }
    }

    [Fact]
    public async Task CopyAsync_LargeAmount_ArrivesWhole()
    {
        (Fd first, Fd second) = UnixSockets.Pair();
        await using var a = new FdStream(first);
        await using var b = new FdStream(second);
        byte[] data = RandomNumberGenerator.GetBytes(8 << 20);

        Task<byte[]> received = Task.Run(() => HashAsync(b), Token);
        await a.WriteAsync(data, Token);
        a.CompleteWriting();

        Assert.Equal(SHA256.HashData(data), await received.WaitAsync(TimeSpan.FromSeconds(30), Token));
    }

    [Fact]
    public async Task WriteFromAsync_MoreThanTheSocketTakesAtOnce_ArrivesWhole()
    {
        (FdStream a, FdStream b) = Pair();
        (Fd read, Fd write) = Fd.Pipe();
        using (a)
        using (b)
        using (read)
        using (write)
        {
            byte[] data = RandomNumberGenerator.GetBytes(1 << 20);
            Assert.NotNull(PipeCapacity.TrySet(read, data.Length));
            FdIo.WriteAll(write, data);
            Task<byte[]> received = Task.Run(() => HashAsync(b), Token);

            await a.WriteFromAsync(read, data.Length, Token);
            a.CompleteWriting();

            Assert.Equal(SHA256.HashData(data), await received.WaitAsync(TimeSpan.FromSeconds(30), Token));
        }
    }

    [Fact]
    public async Task WriteFromAsync_PipeEndsEarly_Fails()
    {
        (FdStream a, FdStream b) = Pair();
        (Fd read, Fd write) = Fd.Pipe();
        using (a)
        using (b)
        using (read)
        {
            FdIo.WriteAll(write, "less"u8);
            write.Dispose();

            IOException error = await Assert.ThrowsAsync<IOException>(async () => await a.WriteFromAsync(read, 100, Token));

            Assert.Contains("ENODATA", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task WriteFromAsync_FileThatTakesNoSplice_IsCopied()
    {
        string path = Path.GetTempFileName();
        try
        {
            (Fd read, Fd write) = Fd.Pipe();
            using (read)
            using (write)
            {
                FdIo.WriteAll(write, "appended"u8);
                await using var file = new FdStream(Fd.Open(path, OpenFlags.WriteOnly | OpenFlags.Append)); // splice(2) refuses files opened for appending

                await file.WriteFromAsync(read, 8, Token);
            }

            Assert.Equal("appended", await File.ReadAllTextAsync(path, Token));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task ReadAsync_Cancelled_EndsAndTheStreamGoesOn()
    {
        (FdStream a, FdStream b) = Pair();
        using (a)
        using (b)
        {
            byte[] buffer = new byte[10];
            for (int i = 0; i < 100; i++)
            {
                using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
                ValueTask<int> read = a.ReadAsync(buffer, cancel.Token);
                await cancel.CancelAsync();
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read.AsTask());
            }

            await b.WriteAsync("x"u8.ToArray(), Token);
            Assert.Equal(1, await a.ReadAsync(buffer, Token));
        }
    }

    [Fact]
    public async Task WriteAsync_Cancelled_EndsWhileTheOtherSideIsFull()
    {
        (FdStream a, FdStream b) = Pair();
        using (a)
        using (b)
        {
            using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
            Task write = a.WriteAsync(new byte[16 << 20], cancel.Token).AsTask();
            Assert.False(write.IsCompleted);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
        }
    }

    [Fact]
    public async Task Dispose_WhileReading_EndsTheRead()
    {
        (FdStream a, FdStream b) = Pair();
        using (b)
        {
            Task<int> read = a.ReadAsync(new byte[10], Token).AsTask();
            await a.DisposeAsync();
            await Assert.ThrowsAsync<ObjectDisposedException>(() => read.WaitAsync(TimeSpan.FromSeconds(10), Token));
            await Assert.ThrowsAsync<ObjectDisposedException>(() => a.ReadAsync(new byte[10], Token).AsTask());
        }
    }

    [Fact]
    public async Task ReadAsync_Twice_IsRefused()
    {
        (FdStream a, FdStream b) = Pair();
        using (b)
        using (a)
        {
            Task<int> read = a.ReadAsync(new byte[10], Token).AsTask();
            await Assert.ThrowsAsync<InvalidOperationException>(() => a.ReadAsync(new byte[10], Token).AsTask());
            await b.WriteAsync(new byte[1], Token);
            Assert.Equal(1, await read);
        }
    }

    [Fact]
    public async Task WriteAsync_PeerGone_IsAnIOException()
    {
        (FdStream a, FdStream b) = Pair();
        using (a)
        {
            await b.DisposeAsync();
            var error = await Assert.ThrowsAsync<IOException>(() => a.WriteAsync(new byte[1], Token).AsTask());
            Assert.Equal(Errno.EPIPE, Assert.IsType<LinuxException>(error.InnerException).Errno);
        }
    }

    [Fact]
    public async Task PipesAndFifos_WriterCloses_EndTheStream()
    {
        using var directory = new TemporaryDirectory();
        using (Fd fd = directory.Open())
        {
            FileAt.MakeNode(fd, "fifo", FileKind.Fifo, 0x180);
        }

        await using var reader = new FdStream(Fd.Open(directory.Of("fifo"), OpenFlags.ReadOnly | OpenFlags.NonBlocking));
        await using (var writer = new FdStream(Fd.Open(directory.Of("fifo"), OpenFlags.WriteOnly)))
        {
            Task<byte[]> hash = HashAsync(reader);
            byte[] data = RandomNumberGenerator.GetBytes(300_000);
            await writer.WriteAsync(data, Token);
            await writer.DisposeAsync();
            Assert.Equal(SHA256.HashData(data), await hash.WaitAsync(TimeSpan.FromSeconds(10), Token));
        }
    }

    [Fact]
    public async Task ReadAsync_FifoWithoutWriterYet_WaitsForTheFirstByte()
    {
        using var directory = new TemporaryDirectory();
        using (Fd fd = directory.Open())
        {
            FileAt.MakeNode(fd, "fifo", FileKind.Fifo, 0x180);
        }

        // A FIFO without a writer reads as 0 at once, like a virtio port whose host side is closed.
        var options = new FdStreamOptions { EmptyRead = EmptyRead.WaitForFirstByte };
        await using var reader = new FdStream(Fd.Open(directory.Of("fifo"), OpenFlags.ReadOnly | OpenFlags.NonBlocking), options);
        Task<int> read = reader.ReadAsync(new byte[10], Token).AsTask();
        Assert.False(read.IsCompleted);
        using (Fd writer = Fd.Open(directory.Of("fifo"), OpenFlags.WriteOnly))
        {
            FdIo.WriteAll(writer, "abc"u8);
        }

        Assert.Equal(3, await read.WaitAsync(TimeSpan.FromSeconds(10), Token));
        Assert.Equal(0, await reader.ReadAsync(new byte[10], Token));
    }

    [Fact]
    public async Task ReadAsync_TerminalHangsUp_EndsAfterTheLastOutput()
    {
        using PseudoTerminal terminal = PseudoTerminal.Open();
        await using var master = new FdStream(terminal.Master.Duplicate());
        Fd slave = terminal.OpenSlave();
        byte[] buffer = new byte[64];
        Task<int> read = master.ReadAsync(buffer, Token).AsTask();
        FdIo.WriteAll(slave, "bye"u8);
        Assert.Equal(3, await read.WaitAsync(TimeSpan.FromSeconds(10), Token));

        read = master.ReadAsync(buffer, Token).AsTask();
        Assert.False(read.IsCompleted);
        slave.Dispose();

        Assert.Equal(0, await read.WaitAsync(TimeSpan.FromSeconds(10), Token));
    }

    [Fact]
    public async Task ReadAsync_WaitForPeer_SurvivesWritersComingAndGoing()
    {
        using var directory = new TemporaryDirectory();
        using (Fd fd = directory.Open())
        {
            FileAt.MakeNode(fd, "fifo", FileKind.Fifo, 0x180);
        }

        var options = new FdStreamOptions { EmptyRead = EmptyRead.WaitForPeer };
        await using var reader = new FdStream(Fd.Open(directory.Of("fifo"), OpenFlags.ReadOnly | OpenFlags.NonBlocking), options);
        for (int i = 0; i < 50; i++)
        {
            Task<int> read = reader.ReadAsync(new byte[10], Token).AsTask();
            using (Fd writer = Fd.Open(directory.Of("fifo"), OpenFlags.WriteOnly))
            {
                FdIo.WriteAll(writer, "abc"u8);
            }

            Assert.Equal(3, await read.WaitAsync(TimeSpan.FromSeconds(10), Token));
        }
    }

    [Fact]
    public async Task Dispose_DescriptorAlreadyClosed_IsNoError()
    {
        (FdStream a, FdStream b) = Pair();
        a.Fd.Dispose();
        await a.DisposeAsync();
        await b.DisposeAsync();
        (FdStream c, FdStream d) = Pair();
        await c.WriteAsync(new byte[1], Token);
        Assert.Equal(1, await d.ReadAsync(new byte[1], Token));
        await c.DisposeAsync();
        await d.DisposeAsync();
    }

    [Fact]
    public async Task ReadAsync_PlainFile_ReadsToItsEnd()
    {
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.Of("file"), "abc", Token);
        await using var stream = new FdStream(Fd.Open(directory.Of("file"), OpenFlags.ReadOnly));

        using var reader = new StreamReader(stream);
        Assert.Equal("abc", await reader.ReadToEndAsync(Token));
    }

    [Fact]
    public async Task Read_Synchronous_Blocks()
    {
        (FdStream a, FdStream b) = Pair();
        using (a)
        using (b)
        {
            Task<int> read = Task.Run(() => a.Read(new byte[4]), Token);
            b.Write([1, 2]);
            Assert.Equal(2, await read.WaitAsync(TimeSpan.FromSeconds(10), Token));
        }
    }

    [Fact]
    public void Constructor_ManyStreams_ReuseSlotsAndLeakNoDescriptor()
    {
        int before = Directory.GetFiles("/proc/self/fd").Length;
        for (int i = 0; i < 1000; i++)
        {
            (FdStream a, FdStream b) = Pair();
            a.Dispose();
            b.Dispose();
        }

        Assert.InRange(Directory.GetFiles("/proc/self/fd").Length, 0, before + 100);
    }

    [Fact]
    public async Task PingPong_ManyStreamsAtOnce_LoseNothing()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            (FdStream a, FdStream b) = Pair();
            await using (a)
            await using (b)
            {
                Task echo = EchoAsync(b);
                byte[] buffer = new byte[1];
                for (int i = 0; i < 500; i++)
                {
                    await a.WriteAsync(new[] { (byte)i }, Token);
                    Assert.Equal(1, await a.ReadAsync(buffer, Token));
                    Assert.Equal((byte)i, buffer[0]);
                }

                a.CompleteWriting();
                await echo;
            }
        })).WaitAsync(TimeSpan.FromSeconds(60), Token);
    }

    internal static (FdStream First, FdStream Second) Pair()
    {
        (Fd first, Fd second) = UnixSockets.Pair();
        return (new FdStream(first), new FdStream(second));
    }

    private static async Task EchoAsync(FdStream stream)
    {
        byte[] buffer = new byte[64];
        int count;
        while ((count = await stream.ReadAsync(buffer, Token)) > 0)
        {
            await stream.WriteAsync(buffer.AsMemory(0, count), Token);
        }
    }

    private static async Task<byte[]> HashAsync(Stream stream) => await SHA256.HashDataAsync(stream, Token);
}
