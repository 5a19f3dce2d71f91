using Kata.Linux;
using Kata.Linux.Sockets;
using Kata.Primitives;
using Kata.Runtime.Persistence;
using Kata.Runtime.Sandboxes;
using Kata.Shim.CommandLine;
using Kata.Shim.Daemon;
using Kata.Testing.Clocks;
using Microsoft.Extensions.Logging.Abstractions;
using DeleteResponse = Kata.Protocols.Task.DeleteResponse;

namespace Kata.Shim.Tests;

/// <summary>
/// The action <c>delete</c> beside a shim that dies, or does not. The test plays the shim: it holds the listening socket and the lock of the sandbox's
/// state, as one does until the kernel is through with it.
/// </summary>
public sealed class DeleteCommandTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("kata-delete-");
    private readonly WaitingClock _clock = new();
    private readonly SandboxPaths _sandbox;

    public DeleteCommandTests()
    {
        _sandbox = new SandboxPaths("box", Path.Combine(_root.FullName, "run"));
        Directory.CreateDirectory(_sandbox.Mounts);
        Directory.CreateDirectory(_sandbox.Machine);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Socket => Path.Combine(_root.FullName, "shim.sock");

    private string StoppedHook => Path.Combine(_root.FullName, "stopped");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public async Task RunAsync_TheDyingShimStillAnswers_WaitsForItsEndAndRemovesAll()
    {
        StateOfSandbox().Dispose();
        Fd listener = UnixSockets.ListenFd(Socket);
        Task<DeleteResponse> deleting = Delete("box").RunAsync(Token);
        await _clock.NextWaitAsync(Token);

        listener.Dispose();
        await LetTimePassAsync(deleting);

        Assert.Equal(137u, (await deleting).ExitStatus);
        AssertRemoved();
    }

    [Fact]
    public async Task RunAsync_TheDyingShimStillHasTheLock_WaitsForItsEndAndRemovesAll()
    {
        SandboxStore held = StateOfSandbox();
        UnixSockets.ListenFd(Socket).Dispose(); // leaves the file, as a killed process does
        Task<DeleteResponse> deleting = Delete("box").RunAsync(Token);
        await _clock.NextWaitAsync(Token);

        held.Dispose();
        await LetTimePassAsync(deleting);

        Assert.Equal(137u, (await deleting).ExitStatus);
        AssertRemoved();
    }

    [Fact]
    public async Task RunAsync_TheDyingShimLetsGoOfOneAfterTheOther_WaitsForBoth()
    {
        SandboxStore held = StateOfSandbox();
        Fd listener = UnixSockets.ListenFd(Socket);
        Task<DeleteResponse> deleting = Delete("box").RunAsync(Token);
        await _clock.NextWaitAsync(Token);

        listener.Dispose();
        _clock.Advance(TimeSpan.FromMilliseconds(20));
        await _clock.NextWaitAsync(Token); // for the lock
        held.Dispose();
        await LetTimePassAsync(deleting);

        Assert.Equal(137u, (await deleting).ExitStatus);
        AssertRemoved();
    }

    [Fact]
    public async Task RunAsync_TheShimLives_SaysSoAndTouchesNothing()
    {
        using SandboxStore held = StateOfSandbox();
        using Fd listener = UnixSockets.ListenFd(Socket);
        Task<DeleteResponse> deleting = Delete("box").RunAsync(Token);

        await LetTimePassAsync(deleting);
        var error = await Assert.ThrowsAsync<KataException>(() => deleting);

        Assert.Equal(ErrorCode.FailedPrecondition, error.Code);
        Assert.Contains($"the shim of sandbox box lives: it answers at {Socket}", error.Message, StringComparison.Ordinal);
        AssertUntouched();
    }

    [Fact]
    public async Task RunAsync_SomebodyKeepsTheLock_SaysSoAndTouchesNothing()
    {
        using SandboxStore held = StateOfSandbox();
        UnixSockets.ListenFd(Socket).Dispose();
        Task<DeleteResponse> deleting = Delete("box").RunAsync(Token);

        await LetTimePassAsync(deleting);
        var error = await Assert.ThrowsAsync<KataException>(() => deleting);

        Assert.Equal(ErrorCode.FailedPrecondition, error.Code);
        Assert.Contains("sandbox box is in use by another process", error.Message, StringComparison.Ordinal);
        AssertUntouched();
    }

    [Fact]
    public async Task RunAsync_ContainerOfAPodWhoseShimLives_RemovesOnlyItsOwnAtOnce()
    {
        using SandboxStore held = StateOfSandbox();
        using Fd listener = UnixSockets.ListenFd(Socket);

        DeleteResponse response = await Delete("c2", """{"io.kubernetes.cri.container-type":"container","io.kubernetes.cri.sandbox-id":"box"}""").RunAsync(Token);

        Assert.Equal(137u, response.ExitStatus);
        Assert.True(File.Exists(StoppedHook));
        Assert.True(Directory.Exists(_sandbox.State));
        Assert.True(File.Exists(Socket));
    }

    /// <summary>What a shim leaves behind, locked.</summary>
    private SandboxStore StateOfSandbox()
    {
        SandboxStore store = SandboxStore.Create(_sandbox);
        store.Save(new PersistedSandbox { State = "running", SandboxContainer = "box" });
        return store;
    }

    private DeleteCommand Delete(string id, string annotations = "{}")
    {
        string bundle = _root.CreateSubdirectory(id).FullName;
        File.WriteAllText(Path.Combine(bundle, "kata-hooks"), string.Empty); // hooks before poststop ran
        File.WriteAllText(Path.Combine(bundle, "config.json"), $$"""
            {"ociVersion":"1.0.2","process":{"args":["sh"],"cwd":"/","user":{"uid":0,"gid":0} },"root":{"path":"rootfs"},"linux":{},"annotations":{{annotations}},
             "hooks":{"poststop":[{"path":"/bin/sh","args":["sh","-c",": > {{StoppedHook}}"]}]} }
            """);
        ShimFlags flags = ShimFlags.Parse(["-namespace", "ns", "-id", id, "-address", "/run/none.sock", "-socket", Socket, "delete"]);
        return new DeleteCommand(flags, bundle, NullLogger.Instance, _clock, _sandbox.RunRoot);
    }

    /// <summary>Lets time pass until something ends, whenever it waits for time.</summary>
    private async Task LetTimePassAsync(Task end)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Token);
        while (!end.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(20));
            await Task.WhenAny(end, _clock.NextWaitAsync(over.Token));
        }

        await over.CancelAsync();
    }

    private void AssertRemoved()
    {
        Assert.False(Directory.Exists(_sandbox.State));
        Assert.False(Directory.Exists(_sandbox.Share));
        Assert.False(Directory.Exists(_sandbox.Machine));
        Assert.False(File.Exists(Socket));
        Assert.True(File.Exists(StoppedHook));
    }

    private void AssertUntouched()
    {
        Assert.True(File.Exists(Path.Combine(_sandbox.State, "persist.json")));
        Assert.True(Directory.Exists(_sandbox.Mounts));
        Assert.True(Directory.Exists(_sandbox.Machine));
        Assert.True(File.Exists(Socket));
        Assert.False(File.Exists(StoppedHook));
    }
}
