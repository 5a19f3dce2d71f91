using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;

namespace Kata.Privileged.Tests.Agents;

/// <summary>A sandbox whose containers share one pid namespace from the start.</summary>
public sealed class SharedPidNamespaceTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Containers_OneEnds_OthersLiveOn()
    {
        await using var live = new LiveAgent { Sandbox = new CreateSandboxRequest { SandboxId = "sandbox1", SandboxPidns = true } };
        await live.InitializeAsync();
        await CreateAsync(live, "first", live.NewSpec("first", "sh", "-c", "sleep 1000 & true")); // leaves an orphan behind
        await CreateAsync(live, "second", live.NewSpec("second", "sh", "-c", "cat; tr '\\0' ' ' </proc/1/cmdline; ls -A /proc/1/root/; grep -E 'Cap(Prm|Bnd)|^Uid' /proc/1/status"));
        await live.StartAsync("first");
        await live.StartAsync("second");

        Assert.Equal(0, await live.WaitAsync("first"));
        await live.RemoveAsync("first");
        await live.Agent.CloseStdinAsync(new CloseStdinRequest { ContainerId = "second" }, cancellationToken: Token);
        string output = System.Text.Encoding.UTF8.GetString(await live.ReadToEndAsync("second"));

        Assert.StartsWith("pause ", output, StringComparison.Ordinal);
        Assert.Contains("Uid:\t65534", output, StringComparison.Ordinal);
        Assert.Contains("CapPrm:\t0000000000000000", output, StringComparison.Ordinal);
        Assert.Contains("CapBnd:\t0000000000000000", output, StringComparison.Ordinal);
        Assert.DoesNotContain("run", output, StringComparison.Ordinal);
        Assert.Equal(0, await live.WaitAsync("second"));
        await live.RemoveAsync("second");
    }

    [Fact]
    public async Task Destroy_Repeated_Succeeds()
    {
        await using var live = new LiveAgent { Sandbox = new CreateSandboxRequest { SandboxId = "sandbox1", SandboxPidns = true } };
        await live.InitializeAsync();
        RpcException twice = await Assert.ThrowsAsync<RpcException>(async () => await live.Agent.CreateSandboxAsync(new CreateSandboxRequest(), cancellationToken: Token));

        Assert.Equal(StatusCode.AlreadyExists, twice.StatusCode);
        Task<Google.Protobuf.WellKnownTypes.Empty>[] calls =
            [.. Enumerable.Range(0, 40).Select(_ => live.Agent.DestroySandboxAsync(new DestroySandboxRequest(), cancellationToken: Token).ResponseAsync)];
        await Task.WhenAll(calls.Select(call => call.ContinueWith(_ => { }, TaskScheduler.Default)));

        // Those that the agent's end overtakes get no answer; none gets an error of the agent's.
        Assert.True(calls[0].IsCompletedSuccessfully);
        Assert.All(calls, call => Assert.True(call.Exception?.InnerException is null or RpcException { StatusCode: StatusCode.Unavailable or StatusCode.Cancelled }, call.Exception?.Message));
        Assert.Equal(0, await live.WaitForExitAsync());
    }

    private static async Task CreateAsync(LiveAgent live, string id, Spec spec) => await live.Agent.CreateContainerAsync(
        new CreateContainerRequest { ContainerId = id, ExecId = id, OCI = spec, SandboxPidns = true }, cancellationToken: Token);
}
