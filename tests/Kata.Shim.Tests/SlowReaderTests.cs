using System.Diagnostics;
using Google.Protobuf;
using Kata.Linux;
using Kata.Linux.Sockets;
using Kata.Protocols.Agent;
using Kata.Shim.Tests.Fakes;
using Kata.Testing.Agents;
using Proto = Kata.Protocols.Task;

namespace Kata.Shim.Tests;

/// <summary>Readers that fetch output later than the process that wrote it ends: what it wrote is still in the guest then.</summary>
public sealed class SlowReaderTests : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    // More than the FIFO and the pieces on their way hold.
    private static readonly byte[] Much = [.. Enumerable.Range(0, 8_000_000).Select(index => (byte)(index / 1000))];

    private static readonly byte[] Little = new byte[10_000];

    private readonly ShimHarness _shim = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _shim.DisposeAsync();

    [Fact]
    public async Task Exit_ReaderComesAfterIt_GetsAllAndThenTheMachineStops()
    {
        using FdStream reader = await EndedAsync("c1", "{}");

        byte[] output = await ReadAsync(reader);

        Assert.Equal(Much, output);
        await _shim.Machine.Exited.WaitAsync(Deadline, Token);
        await DeleteAsync("c1");
    }

    /// <summary>ctr closes its end of the FIFO when it hears of the exit.</summary>
    [Fact]
    public async Task Exit_OutputIsInTheFifo_IsAnnouncedOnceItWasRead()
    {
        using FdStream reader = await StartAsync("c1", "{}");
        FakeProcess process = _shim.Agent.Process("c1");
        process.Stdout.Write(Little);
        process.Exit(0);
        Task waiting = WaitAsync("c1");
        await Task.WhenAny(waiting, Task.Delay(500, Token)); // time for an announcement, which must not come
        bool early = waiting.IsCompleted;
        byte[] output = await ReadAsync(reader);

        Assert.False(early);
        Assert.Equal(Little, output);
        await waiting;
    }

    [Fact]
    public async Task Exit_NobodyHasTheFifoOpen_IsAnnouncedAtOnce()
    {
        FdStream reader = await StartAsync("c1", "{}");
        await reader.DisposeAsync();
        FakeProcess process = _shim.Agent.Process("c1");
        process.Stdout.Write(Little);
        process.Exit(0);
        var clock = Stopwatch.StartNew();

        await WaitAsync("c1");

        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(4)); // a reader that is there, but does not read, gets five
    }

    [Fact]
    public async Task Delete_ReaderReadsMeanwhile_GetsAll()
    {
        using FdStream reader = await EndedAsync("c1", "{}");

        Task deleting = DeleteAsync("c1");
        byte[] output = await ReadAsync(reader);

        Assert.Equal(Much, output);
        await deleting;
    }

    [Fact]
    public async Task Delete_NobodyReads_EndsAllTheSame()
    {
        using FdStream reader = await EndedAsync("c1", "{}");

        await DeleteAsync("c1");

        Assert.True(_shim.Machine.Exited.IsCompleted);
    }

    /// <summary>A child that lives on with the stream, or an agent that means harm.</summary>
    [Fact]
    public async Task Exit_OutputGoesOnWithoutEnd_IsAnnouncedAndTheTaskCanBeDeleted()
    {
        using FdStream reader = await StartAsync("c1", "{}");
        _shim.Agent.On<ReadStreamRequest, ReadStreamResponse>("ReadStdout", async (asked, _) =>
        {
            await Task.Yield();
            return new ReadStreamResponse { Data = ByteString.CopyFrom(new byte[asked.Len]) };
        });
        FakeProcess process = _shim.Agent.Process("c1");
        process.Stdout.Write(Little); // ends the read that waits already
        Task reading = reader.CopyToAsync(Stream.Null, Token);
        process.Exit(0);

        await WaitAsync("c1").WaitAsync(Deadline, Token);
        await DeleteAsync("c1").WaitAsync(Deadline, Token);

        Assert.True(_shim.Machine.Exited.IsCompleted);
        await reading.WaitAsync(Deadline, Token);
    }

    [Fact]
    public async Task Exit_OfThePodBeforeOutputOfItsContainerWasRead_KeepsTheMachine()
    {
        await StartAsync(_shim.Request("pod", """{"io.kubernetes.cri.container-type":"sandbox","io.kubernetes.cri.sandbox-id":"pod"}"""));
        using FdStream reader = await EndedAsync("c1", """{"io.kubernetes.cri.container-type":"container","io.kubernetes.cri.sandbox-id":"pod"}""");

        _shim.Agent.Process("pod").Exit(0);
        await WaitAsync("pod");
        byte[] output = await ReadAsync(reader);

        Assert.Equal(Much, output);
        await _shim.Machine.Exited.WaitAsync(Deadline, Token);
    }

    // A container whose end was announced while most of its output is in the guest.
    private async Task<FdStream> EndedAsync(string id, string annotations)
    {
        FdStream reader = await StartAsync(id, annotations);
        FakeProcess process = _shim.Agent.Process(id);
        process.Stdout.Write(Much);
        process.Exit(0);
        await WaitAsync(id);
        return reader;
    }

    // A container with a reader that does not read yet.
    private async Task<FdStream> StartAsync(string id, string annotations)
    {
        Proto.CreateTaskRequest request = _shim.Request(id, annotations);
        request.Stdout = _shim.Fifo("out");
        var reader = new FdStream(Fd.Open(request.Stdout, OpenFlags.ReadOnly | OpenFlags.NonBlocking));
        await StartAsync(request);
        return reader;
    }

    private async Task StartAsync(Proto.CreateTaskRequest request)
    {
        await _shim.Client.CreateAsync(request, cancellationToken: Token);
        await _shim.Client.StartAsync(new Proto.StartRequest { Id = request.Id }, cancellationToken: Token);
    }

    private async Task WaitAsync(string id) => await _shim.Client.WaitAsync(new Proto.WaitRequest { Id = id }, cancellationToken: Token);

    private async Task DeleteAsync(string id) => await _shim.Client.DeleteAsync(new Proto.DeleteRequest { Id = id }, cancellationToken: Token);

    private static async Task<byte[]> ReadAsync(FdStream reader)
    {
        using var all = new MemoryStream();
        await reader.CopyToAsync(all, Token).WaitAsync(Deadline, Token);
        return all.ToArray();
    }
}
