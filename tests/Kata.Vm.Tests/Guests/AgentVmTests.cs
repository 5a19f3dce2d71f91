using Kata.Testing.Agents;

namespace Kata.Vm.Tests.Guests;

public sealed class AgentVmTests
{
    [Fact]
    public async Task Boot_NoShim_RunsAContainer()
    {
        await using var vm = new AgentVm();

        await vm.BootAsync();
        ContainerRun run = await vm.Containers.RunAsync("c1", vm.Containers.NewSpec("c1", "sh", "-c", "uname -r; hostname; exit 3"));

        Assert.Equal(3, run.Code);
        Assert.EndsWith("-kata\npodhost\n", run.Output, StringComparison.Ordinal);
    }
}
