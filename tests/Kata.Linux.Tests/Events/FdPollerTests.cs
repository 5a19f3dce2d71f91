using Kata.Linux.Events;
using Kata.Linux.Sockets;

namespace Kata.Linux.Tests.Events;

public sealed class FdPollerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dispatch_WhatAwaitsBlocks_OthersGoOn()
    {
        using var release = new ManualResetEventSlim();
        var blocked = new List<Task>();
        var streams = new List<FdStream>();
        for (int i = 0; i < 3; i++)
        {
            (FdStream reader, FdStream writer) = Pair(streams);
            var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            blocked.Add(BlockAsync(reader, begun, release));
            await writer.WriteAsync("x"u8.ToArray(), Token);
            await begun.Task.WaitAsync(TimeSpan.FromSeconds(10), Token);
        }

        (FdStream last, FdStream other) = Pair(streams);
        byte[] buffer = new byte[1];
        for (int i = 0; i < 100; i++)
        {
            Task<int> read = last.ReadAsync(buffer, Token).AsTask();
            await other.WriteAsync(buffer, Token);
            Assert.Equal(1, await read.WaitAsync(TimeSpan.FromSeconds(10), Token));
        }

        release.Set();
        await Task.WhenAll(blocked).WaitAsync(TimeSpan.FromSeconds(10), Token);
        streams.ForEach(stream => stream.Dispose());
    }

    [Fact]
    public async Task Dispatch_ManyAtOnce_LosesNone()
    {
        var streams = new List<FdStream>();
        var echoes = new List<Task>();
        var users = new List<Task<int>>();
        for (int i = 0; i < 20; i++)
        {
            (FdStream mine, FdStream theirs) = Pair(streams);
            echoes.Add(EchoAsync(theirs));
            users.Add(UseAsync(mine, rounds: 500));
        }

        Assert.All(await Task.WhenAll(users).WaitAsync(TimeSpan.FromSeconds(60), Token), rounds => Assert.Equal(500, rounds));
        await Task.WhenAll(echoes).WaitAsync(TimeSpan.FromSeconds(10), Token);
        streams.ForEach(stream => stream.Dispose());
    }

    [Fact]
    public async Task WaitReadable_OnlyAwaited_TellsWhatCameBeforeAndMissesNothing()
    {
        (Fd read, Fd write) = Fd.Pipe();
        using Fd writer = write;
        using var polled = new PolledFd(read, onlyAwaited: true);
        byte[] buffer = new byte[16];
        var writing = Task.Run(
            () =>
            {
                for (int i = 0; i < 20_000; i++)
                {
                    FdIo.WriteAll(writer, "x"u8);
                }
            },
            Token);

        for (int received = 0; received < 20_000;)
        {
            uint seen = polled.ReadEdges;
            if (FdIo.TryRead(polled.Fd, buffer, out int count) == Errno.EAGAIN)
            {
                await polled.WaitReadableAsync(seen, Token).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Token);
            }

            received += count;
        }

        await writing;
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await polled.WaitWritableAsync(polled.WriteEdges, Token));
    }

    [Fact]
    public async Task WaitReadable_OnlyAwaitedAndTheWriterLeaves_Returns()
    {
        (Fd read, Fd write) = Fd.Pipe();
        using var polled = new PolledFd(read, onlyAwaited: true);
        Task waiting = polled.WaitReadableAsync(polled.ReadEdges, Token).AsTask();
        write.Dispose();
        await waiting.WaitAsync(TimeSpan.FromSeconds(20), Token);

        // Once more, after it was told already.
        await polled.WaitReadableAsync(polled.ReadEdges, Token).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Token);
    }

    private static async Task BlockAsync(FdStream stream, TaskCompletionSource begun, ManualResetEventSlim release)
    {
        await stream.ReadAsync(new byte[1], Token).ConfigureAwait(false);
        begun.SetResult();
        release.Wait(TimeSpan.FromSeconds(60), Token);
    }

    private static async Task EchoAsync(FdStream stream)
    {
        byte[] buffer = new byte[16];
        while (await stream.ReadAsync(buffer, Token).ConfigureAwait(false) is > 0 and var count)
        {
            await stream.WriteAsync(buffer.AsMemory(0, count), Token).ConfigureAwait(false);
        }
    }

    private static async Task<int> UseAsync(FdStream stream, int rounds)
    {
        byte[] buffer = new byte[16];
        int done = 0;
        while (done < rounds && await EchoedAsync(stream, buffer).ConfigureAwait(false))
        {
            done++;
        }

        stream.CompleteWriting();
        return done;
    }

    private static async Task<bool> EchoedAsync(FdStream stream, byte[] buffer)
    {
        await stream.WriteAsync(buffer, Token).ConfigureAwait(false);
        for (int received = 0; received < buffer.Length;)
        {
            int count = await stream.ReadAsync(buffer.AsMemory(received), Token).ConfigureAwait(false);
            if (count == 0)
            {
                return false;
            }

            received += count;
        }

        return true;
    }

    private static (FdStream First, FdStream Second) Pair(List<FdStream> streams)
    {
        (Fd first, Fd second) = UnixSockets.Pair();
        (FdStream First, FdStream Second) pair = (new FdStream(first), new FdStream(second));
        streams.AddRange([pair.First, pair.Second]);
        return pair;
    }
}
