using Google.Protobuf;
using Grpc.Core;
using Kata.Protocols.Agent;
using Kata.Testing.Agents;

namespace Kata.Vm.Tests.Guests;

/// <summary>Calls that act on the guest as a whole, which an agent without a VM shares with its machine: they are tried in one.</summary>
public sealed class GuestCallTests
{
    private const long SomeDay = 1_500_000_000; // in July 2017

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_OnTheGuestItself_DoWhatTheySay()
    {
        await using var vm = new AgentVm { Vcpus = 2 };
        await vm.BootAsync();

        await vm.Agent.SetGuestDateTimeAsync(new SetGuestDateTimeRequest { Sec = SomeDay, Usec = 250_000 }, cancellationToken: Token);
        await vm.Agent.ReseedRandomDevAsync(new ReseedRandomDevRequest { Data = ByteString.CopyFrom(new byte[512]) }, cancellationToken: Token);
        await vm.Agent.OnlineCPUMemAsync(new OnlineCPUMemRequest { Wait = true, NbCpus = 2 }, cancellationToken: Token);
        ContainerRun run = await vm.Containers.RunAsync("c1", vm.Containers.NewSpec("c1", "sh", "-c", "date +%s; grep -c ^processor /proc/cpuinfo"));
        string[] lines = run.Output.Split('\n');

        Assert.InRange(long.Parse(lines[0], System.Globalization.CultureInfo.InvariantCulture), SomeDay, SomeDay + 300);
        Assert.Equal("2", lines[1]);
        Assert.Equal(StatusCode.InvalidArgument, await StatusOf(vm.Agent.SetGuestDateTimeAsync(new SetGuestDateTimeRequest { Sec = -1 }, cancellationToken: Token)));
        Assert.Equal(StatusCode.InvalidArgument, await StatusOf(vm.Agent.ReseedRandomDevAsync(new ReseedRandomDevRequest(), cancellationToken: Token)));
        Assert.Contains(
            await StatusOf(vm.Agent.MemHotplugByProbeAsync(new MemHotplugByProbeRequest { MemHotplugProbeAddr = { 1 } }, cancellationToken: Token)),
            (StatusCode[])[StatusCode.Unimplemented, StatusCode.InvalidArgument]); // by what the guest's kernel has
    }

    private static async Task<StatusCode> StatusOf<T>(AsyncUnaryCall<T> call) => (await Assert.ThrowsAsync<RpcException>(async () => await call)).StatusCode;
}
