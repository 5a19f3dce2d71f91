using Grpc.Core;
using Kata.Protocols.Agent;

namespace Kata.Privileged.Tests.Agents;

/// <summary>What a sandbox can be asked for when it is made.</summary>
public sealed class SandboxCallsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Create_GuestHooks_RunForEveryContainer()
    {
        string directory = Directory.CreateTempSubdirectory("kata-guest-hooks-").FullName;
        foreach (string stage in (string[])["prestart", "poststop"])
        {
            Directory.CreateDirectory(Path.Combine(directory, stage));
            string hook = Path.Combine(directory, stage, "note");
            await File.WriteAllTextAsync(hook, $"#!/bin/sh\necho $0 $1 >>{directory}/ran\n", Token);
            File.SetUnixFileMode(hook, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        await using (var live = new LiveAgent { Sandbox = new CreateSandboxRequest { SandboxId = "sandbox1", GuestHookPath = directory } })
        {
            await live.InitializeAsync();
            await live.RunAsync("hooked", live.NewSpec("hooked", "true"));
        }

        Assert.Equal([$"{directory}/prestart/note prestart", $"{directory}/poststop/note poststop"], await File.ReadAllLinesAsync(Path.Combine(directory, "ran"), Token));
        Directory.Delete(directory, recursive: true);
    }

    [Theory]
    [InlineData("kata_nosuch", new[] { StatusCode.Unimplemented, StatusCode.FailedPrecondition }, "kata_nosuch")]
    [InlineData("-r", new[] { StatusCode.InvalidArgument }, "'-r'")]
    public async Task Create_KernelModuleThatCannotBeLoaded_SaysWhyAndLeavesNothing(string name, StatusCode[] codes, string words)
    {
        await using var live = new LiveAgent { Sandbox = new CreateSandboxRequest { KernelModules = { new KernelModule { Name = name } } } };

        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await live.InitializeAsync());

        Assert.Contains(error.StatusCode, codes);
        Assert.Contains(words, error.Status.Detail, StringComparison.Ordinal);
        await live.Agent.CreateSandboxAsync(new CreateSandboxRequest { SandboxId = "sandbox1", Hostname = "h" }, cancellationToken: Token);
        Assert.Equal(0, (await live.RunAsync("after", live.NewSpec("after", "true"))).Code);
    }

    [Theory]
    [InlineData("a name\n")]
    [InlineData("x123456789x123456789x123456789x123456789x123456789x123456789x12345")]
    public async Task Create_BadHostname_IsInvalid(string hostname)
    {
        await using var live = new LiveAgent { Sandbox = new CreateSandboxRequest { Hostname = hostname } };

        Assert.Equal(StatusCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(async () => await live.InitializeAsync())).StatusCode);

        await live.Agent.CreateSandboxAsync(new CreateSandboxRequest(), cancellationToken: Token);
    }
}
