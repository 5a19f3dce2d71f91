using Kata.Configuration;
using Kata.Hypervisors.Qemu;
using Kata.Primitives;

namespace Kata.Hypervisors.Tests.Qemu;

public sealed class AcceleratorChoiceTests
{
    [Theory]
    [InlineData(Accelerator.Auto, null, Accelerator.Kvm)]
    [InlineData(Accelerator.Auto, "no /dev/kvm", Accelerator.Tcg)]
    [InlineData(Accelerator.Kvm, null, Accelerator.Kvm)]
    [InlineData(Accelerator.Tcg, null, Accelerator.Tcg)]
    public void Resolve_SettingAndMachine_DecideTogether(Accelerator wanted, string? problem, Accelerator expected) =>
        Assert.Equal(expected, AcceleratorChoice.Resolve(wanted, () => problem));

    [Fact]
    public void Resolve_KvmDemandedButUnusable_SaysWhyAndNamesTheKey()
    {
        KataException error = Assert.Throws<KataException>(() => AcceleratorChoice.Resolve(Accelerator.Kvm, () => "no such device"));

        Assert.Equal(ErrorCode.Unsupported, error.Code);
        Assert.Contains("no such device", error.Message, StringComparison.Ordinal);
        Assert.Contains("hypervisor.qemu.accelerator", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resolve_Tcg_DoesNotProbe() =>
        Assert.Equal(Accelerator.Tcg, AcceleratorChoice.Resolve(Accelerator.Tcg, () => throw new InvalidOperationException("probed")));
}
