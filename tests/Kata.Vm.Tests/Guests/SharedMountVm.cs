namespace Kata.Vm.Tests.Guests;

/// <summary>A guest whose containers can run <c>hang</c>, a file server that stops answering.</summary>
public sealed class SharedMountVm : IAsyncLifetime
{
    public AgentVm Vm { get; } = new();

    public async ValueTask InitializeAsync()
    {
        // Made before the containers' busybox, which comes at the boot.
        Vm.Files.Directory("rootfs").Directory("rootfs/bin");
        await CProgram.AddAsync(Vm, "hang");
        await Vm.BootAsync();
    }

    public ValueTask DisposeAsync() => Vm.DisposeAsync();
}
