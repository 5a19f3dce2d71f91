using Grpc.Core;

namespace Kata.Ttrpc.Tests;

/// <summary>Announced lengths cost nothing. Alone, as it measures what the whole process allocates.</summary>
[Collection(Name)]
public sealed class HostileLengthTests
{
    /// <summary>The collection that runs while no other test does.</summary>
    public const string Name = "alone";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Oversized_OnlyAnnounced_IsRefusedWithoutAllocating()
    {
        await using RawServer server = await RawServer.StartAsync();
        await server.AssertServesAsync(1);
        long before = GC.GetTotalAllocatedBytes();

        await server.Peer.SendHexAsync("ffffffff 00000003 01 00");
        (_, Oracle.Response response) = await server.Peer.ReceiveResponseAsync();

        Assert.Equal((int)StatusCode.ResourceExhausted, response.Status.Code);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 1 << 20);
    }

    [Fact]
    public async Task Announced_FourMebibytesThatNeverCome_AllocateNothing()
    {
        await using RawServer server = await RawServer.StartAsync();
        await server.AssertServesAsync(1);
        long before = GC.GetTotalAllocatedBytes();

        await server.Peer.SendHexAsync("00400000 00000003 01 00 0a");
        server.Peer.CloseSending();
        await server.Serving.WaitAsync(TimeSpan.FromSeconds(10), Cancelled);

        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 1 << 20);
    }
}
