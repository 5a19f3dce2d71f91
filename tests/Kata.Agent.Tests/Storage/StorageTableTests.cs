using Kata.Agent.Storage;
using Kata.Primitives;
using Microsoft.Extensions.Logging.Abstractions;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Tests.Storage;

public sealed class StorageTableTests
{
    private readonly CountingHandler _handler = new();
    private readonly StorageTable _table;

    public StorageTableTests() => _table = new StorageTable([_handler]);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Acquire_SameStorageTwice_MakesItOnceAndReleasesWithTheLast()
    {
        RollbackStack first = await AcquireAsync("c1", Request("a"));
        RollbackStack second = await AcquireAsync("c2", Request("a"));

        await first.DisposeAsync();
        await first.DisposeAsync();
        int afterFirst = _handler.Present.Count;
        await second.DisposeAsync();

        Assert.Equal(1, _handler.Made);
        Assert.Equal(1, afterFirst);
        Assert.Empty(_handler.Present);
    }

    [Fact]
    public async Task Acquire_ManyAtOnce_MakeItOnce()
    {
        RollbackStack[] all = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => AcquireAsync($"c{i}", Request("a")))));

        Assert.Equal(1, _handler.Made);
        await Task.WhenAll(all.Select(undo => undo.DisposeAsync().AsTask()));
        Assert.Empty(_handler.Present);
    }

    [Fact]
    public async Task Acquire_AfterTheLastRelease_MakesItAnew()
    {
        await (await AcquireAsync("c1", Request("a"))).DisposeAsync();
        await (await AcquireAsync("c1", Request("b"))).DisposeAsync();

        Assert.Equal(2, _handler.Made);
    }

    [Fact]
    public async Task Acquire_OtherStorageAtTheSamePlace_IsRefusedAndTheFirstStays()
    {
        RollbackStack undo = await AcquireAsync("c1", Request("a"));

        Assert.Equal(ErrorCode.AlreadyExists, (await Assert.ThrowsAsync<KataException>(() => AcquireAsync("c2", Request("b")))).Code);
        Assert.Single(_handler.Present);
        await undo.DisposeAsync();
        Assert.Empty(_handler.Present);
    }

    [Fact]
    public async Task Acquire_OneOfSeveralIsWrong_MakesNone()
    {
        await Assert.ThrowsAsync<KataException>(() => AcquireAsync("c1", Request("a", "x"), Request("invalid", "y")));

        Assert.Equal(0, _handler.Made);
    }

    [Fact]
    public async Task Acquire_OneOfSeveralFails_TheOthersCanBeReleased()
    {
        var undo = new RollbackStack(NullLogger.Instance);

        await Assert.ThrowsAsync<KataException>(() => _table.AcquireAllAsync([Request("a", "x"), Request("fails", "y"), Request("c", "z")], "c1", undo, Token));
        await undo.DisposeAsync();

        Assert.Equal(1, _handler.Made);
        Assert.Empty(_handler.Present);
    }

    [Fact]
    public async Task Acquire_FailedBefore_IsTriedAgain()
    {
        await Assert.ThrowsAsync<KataException>(() => AcquireAsync("c1", Request("fails")));
        await AcquireAsync("c1", Request("a"));

        Assert.Single(_handler.Present);
    }

    [Fact]
    public async Task Acquire_SharedStorage_StaysUntilThePodGoes()
    {
        StorageRequest request = Request("a");
        request.Shared = true;
        await (await AcquireAsync("c1", request)).DisposeAsync();
        Assert.Single(_handler.Present);
        await (await AcquireAsync("c2", request)).DisposeAsync();

        await _table.ReleasePodAsync();

        Assert.Equal(1, _handler.Made);
        Assert.Empty(_handler.Present);
    }

    [Fact]
    public async Task Acquire_UnknownDriver_IsUnsupportedByName()
    {
        KataException error = await Assert.ThrowsAsync<KataException>(() => AcquireAsync("c1", new StorageRequest { Driver = "floppy" }));

        Assert.Equal(ErrorCode.Unsupported, error.Code);
        Assert.Contains("'floppy'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Drivers_All_AreThoseReported() => Assert.Equal(
        StorageHandlers.Drivers.Order(StringComparer.Ordinal),
        new StorageTable(StorageHandlers.Create(new Kata.Agent.Devices.GuestDevices(Kata.Agent.Devices.Sysfs.Guest, TimeSpan.FromSeconds(1), TimeProvider.System), NullLogger.Instance))
            .Drivers.Order(StringComparer.Ordinal));

    private static StorageRequest Request(string source, string place = "x") =>
        new() { Driver = "counting", Source = source, MountPoint = "/run/kata-containers/shared/" + place };

    private async Task<RollbackStack> AcquireAsync(string container, params StorageRequest[] requests)
    {
        var undo = new RollbackStack(NullLogger.Instance);
        await _table.AcquireAllAsync(requests, container, undo, Token);
        return undo;
    }

    private sealed class CountingHandler : IStorageHandler
    {
        private int _made;

        public IReadOnlyList<string> Drivers { get; } = ["counting"];

        public int Made => _made;

        public System.Collections.Concurrent.ConcurrentDictionary<string, bool> Present { get; } = new();

        public MakeStorage Plan(StorageRequest storage, string? containerId) => storage.Source == "invalid"
            ? throw KataException.Invalid("invalid")
            : async _ =>
            {
                await Task.Yield();
                return storage.Source == "fails" ? throw new KataException(ErrorCode.Internal, "fails") : GuestMount.Make(storage.MountPoint, mount =>
                {
                    Interlocked.Increment(ref _made);
                    Assert.True(Present.TryAdd(storage.MountPoint, true));
                    mount.Own(() => Assert.True(Present.TryRemove(storage.MountPoint, out bool _)));
                });
            };
    }
}
