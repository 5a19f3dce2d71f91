using Kata.Primitives;
using Kata.Runtime.Persistence;
using Kata.Runtime.Sandboxes;

namespace Kata.Runtime.Tests;

public sealed class SandboxStoreTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("kata-store-");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void Save_ThenLoad_ReturnsTheSame()
    {
        using SandboxStore store = SandboxStore.Create(new SandboxPaths("box", _root.FullName));
        var state = new PersistedSandbox { State = "running", SandboxContainer = "box", HypervisorState = new PersistedHypervisor { Pid = 7, StartTime = 8, Type = "qemu" } };

        store.Save(state);

        Assert.Equal(state, store.Load());
        string json = File.ReadAllText(Path.Combine(_root.FullName, "vc/sbs/box/persist.json"));
        Assert.Contains("\"PersistVersion\":2", json, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_SavedStateThere_AlreadyExists()
    {
        var paths = new SandboxPaths("box", _root.FullName);
        using (SandboxStore store = SandboxStore.Create(paths))
        {
            store.Save(new PersistedSandbox());
        }

        var error = Assert.Throws<KataException>(() => SandboxStore.Create(paths));

        Assert.Equal(ErrorCode.AlreadyExists, error.Code);
    }

    [Fact]
    public void TryOpen_OwnerAlive_IsFalseUntilItIsGone()
    {
        var paths = new SandboxPaths("box", _root.FullName);
        SandboxStore owner = SandboxStore.Create(paths);

        bool whileAlive = SandboxStore.TryOpen(paths, out SandboxStore? early);
        owner.Dispose();
        bool afterwards = SandboxStore.TryOpen(paths, out SandboxStore? store);

        Assert.Equal((false, true), (whileAlive, afterwards));
        Assert.Null(early);
        Assert.NotNull(store);
        store.Dispose();
    }

    [Fact]
    public void TryOpen_NoSuchSandbox_IsTrueAndFindsNothing()
    {
        Assert.True(SandboxStore.TryOpen(new SandboxPaths("box", _root.FullName), out SandboxStore? store));
        Assert.Null(store);
    }

    [Fact]
    public void Create_OwnerAlive_FailedPrecondition()
    {
        var paths = new SandboxPaths("box", _root.FullName);
        using SandboxStore owner = SandboxStore.Create(paths);

        var error = Assert.Throws<KataException>(() => SandboxStore.Create(paths));

        Assert.Equal(ErrorCode.FailedPrecondition, error.Code);
        Assert.Contains("persist.lock", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_UnknownVersion_InvalidArgument()
    {
        var paths = new SandboxPaths("box", _root.FullName);
        using SandboxStore store = SandboxStore.Create(paths);
        File.WriteAllText(Path.Combine(paths.State, "persist.json"), "{\"PersistVersion\":3}");

        Assert.Equal(ErrorCode.InvalidArgument, Assert.Throws<KataException>(() => store.Load()).Code);
    }
}
