using Google.Protobuf;
using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Testing.Agents;

namespace Kata.Vm.Tests.Guests;

/// <summary>What the host sets in a guest as a whole, and what our minimal guest answers that it cannot do.</summary>
public sealed class GuestStateTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Guest_ClockAndEntropy_AreTheHosts()
    {
        await using var vm = new AgentVm { Sandbox = null };
        await vm.BootAsync();
        var withModule = new CreateSandboxRequest { SandboxId = "sandbox1", KernelModules = { new KernelModule { Name = "kata_nosuch" } } };

        (StatusCode code, string detail) = await ErrorOf(() => vm.Agent.CreateSandboxAsync(withModule, cancellationToken: Token));
        Assert.Equal(StatusCode.Unimplemented, code);
        Assert.Contains("kernel module kata_nosuch cannot be loaded: the guest image has no modprobe", detail, StringComparison.Ordinal);
        var sandbox = new CreateSandboxRequest { SandboxId = "sandbox1", KernelModules = { new KernelModule { Name = "virtio_net" } }, Hostname = "podhost" };
        await vm.Agent.CreateSandboxAsync(sandbox, cancellationToken: Token); // that one is built in
        await vm.Agent.SetGuestDateTimeAsync(new SetGuestDateTimeRequest { Sec = 2_000_000_000, Usec = 5 }, cancellationToken: Token);
        await vm.Agent.ReseedRandomDevAsync(new ReseedRandomDevRequest { Data = ByteString.CopyFrom(new byte[64]) }, cancellationToken: Token);
        ContainerRun run = await vm.Containers.RunAsync("c1", vm.Containers.NewSpec("c1", "busybox", "date", "+%Y"));

        Assert.Equal("2033\n", run.Output);
        (code, detail) = await ErrorOf(() => vm.Agent.GetIPTablesAsync(new GetIPTablesRequest { IsIpv6 = true }, cancellationToken: Token));
        Assert.Equal(StatusCode.Unimplemented, code);
        Assert.Contains("ip6tables-save", detail, StringComparison.Ordinal);
        (code, _) = await ErrorOf(() => vm.Agent.SetGuestDateTimeAsync(new SetGuestDateTimeRequest { Sec = -1 }, cancellationToken: Token));
        Assert.Equal(StatusCode.InvalidArgument, code);
        (code, _) = await ErrorOf(() => vm.Agent.ReseedRandomDevAsync(new ReseedRandomDevRequest(), cancellationToken: Token));
        Assert.Equal(StatusCode.InvalidArgument, code);
        (code, _) = await ErrorOf(() => vm.Agent.MemHotplugByProbeAsync(new MemHotplugByProbeRequest { MemHotplugProbeAddr = { 1 } }, cancellationToken: Token));
        Assert.Contains(code, (StatusCode[])[StatusCode.Unimplemented, StatusCode.InvalidArgument]); // depends on the kernel's configuration
    }

    [Fact]
    public async Task GetIPTables_ToolLooksAtItsLimits_HasThoseOfAService()
    {
        await using var vm = new AgentVm();
        vm.Files.Directory("bin").File("bin/sh", await File.ReadAllBytesAsync("/bin/busybox", Token), executable: true);
        vm.Files.Directory("sbin").File("sbin/iptables-save", "#!/bin/sh\necho \"# $(ulimit -n) $(ulimit -Hn)\"\n"u8.ToArray(), executable: true);
        await vm.BootAsync();

        GetIPTablesResponse tables = await vm.Agent.GetIPTablesAsync(new GetIPTablesRequest(), cancellationToken: Token);

        // The agent itself may have a million.
        Assert.Equal("# 1024 524288\n", tables.Data.ToStringUtf8());
    }

    private static async Task<(StatusCode Code, string Detail)> ErrorOf<T>(Func<AsyncUnaryCall<T>> call)
    {
        RpcException error = await Assert.ThrowsAsync<RpcException>(async () => await call());
        return (error.StatusCode, error.Status.Detail);
    }
}
