using Kata.Agent.Storage;
using Kata.Primitives;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Tests.Storage;

public sealed class StorageTableTests
{
    [Fact]
    public void Acquire_SameStorageTwice_MountsOnceAndReleasesWithTheLast()
    {
        using var directory = new TemporaryDirectory();
        var handler = new CountingHandler(directory.Path);
        var table = new StorageTable([handler]);

        Action first = table.Acquire(Request("a"), "c1");
        Action second = table.Acquire(Request("a"), "c2");
        first();
        first();
        bool afterFirst = Directory.Exists(handler.Owned);
        second();

        Assert.Equal(1, handler.Mounts);
        Assert.True(afterFirst);
        Assert.False(Directory.Exists(handler.Owned));
    }

    [Fact]
    public void Acquire_OtherStorageAtTheSamePlace_IsRefused()
    {
        using var directory = new TemporaryDirectory();
        var table = new StorageTable([new CountingHandler(directory.Path)]);
        table.Acquire(Request("a"), "c1");

        Assert.Equal(ErrorCode.AlreadyExists, Assert.Throws<KataException>(() => table.Acquire(Request("b"), "c2")).Code);
    }

    [Fact]
    public void Acquire_UnknownDriver_IsUnsupportedByName()
    {
        var error = Assert.Throws<KataException>(() => new StorageTable().Acquire(new StorageRequest { Driver = "nvdimm" }, "c1"));

        Assert.Equal(ErrorCode.Unsupported, error.Code);
        Assert.Contains("nvdimm", error.Message, StringComparison.Ordinal);
    }

    private static StorageRequest Request(string source) =>
        new() { Driver = "counting", Source = source, MountPoint = "/run/kata-containers/sandbox/x" };

    private sealed class CountingHandler(string directory) : IStorageHandler
    {
        public IReadOnlyList<string> Drivers { get; } = ["counting"];

        public int Mounts { get; private set; }

        public string Owned { get; } = Path.Combine(directory, "owned");

        public GuestMount Mount(StorageRequest storage, string? containerId)
        {
            Mounts++;
            Directory.CreateDirectory(Owned);
            return new GuestMount(storage.MountPoint, isMounted: false, Owned);
        }
    }
}
