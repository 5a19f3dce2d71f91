using Kata.AgentClient;
using Kata.Protocols.Agent;
using Kata.Vm.Tests.Guests;

namespace Kata.Vm.Tests.Vsock;

/// <summary>The answer to the call that ends the machine.</summary>
public sealed class LastAnswerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("vsock")]
    [InlineData("virtio-serial")]
    public async Task DestroySandbox_MachineSwitchesItselfOff_AnswerArrivesFirst(string channel)
    {
        await using var vm = new AgentVm { MachineOptions = ",memory-backend=m0" };
        await using VsockDevice device = await VsockDevice.StartAsync(vm.HostDirectory);
        foreach (string argument in device.Arguments(vm.Mebibytes))
        {
            vm.Arguments.Add(argument);
        }

        await vm.BootAsync();
        var options = new AgentDialOptions { Timeout = TimeSpan.FromSeconds(60) };
        await using AgentConnection vsock = await AgentConnection.DialAsync($"hvsock://{device.SocketPath}:1024", options, Token);

        AgentService.AgentServiceClient agent = channel == "vsock" ? vsock.Agent : vm.Agent;
        await agent.DestroySandboxAsync(new DestroySandboxRequest(), cancellationToken: Token);
        await vsock.DisposeAsync();
        await vm.Ended.WaitAsync(TimeSpan.FromSeconds(30), Token);
    }
}
