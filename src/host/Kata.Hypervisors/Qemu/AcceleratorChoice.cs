using Kata.Configuration;
using Kata.Primitives;

namespace Kata.Hypervisors.Qemu;

/// <summary>Decides between KVM and translation.</summary>
internal static class AcceleratorChoice
{
    /// <summary>Resolves the setting.</summary>
    /// <param name="wanted">The setting.</param>
    /// <param name="kvmProblem">Why KVM cannot be used on this machine; null when it can.</param>
    /// <exception cref="KataException">Unsupported: KVM is demanded but cannot be used.</exception>
    public static Accelerator Resolve(Accelerator wanted, Func<string?> kvmProblem)
    {
        if (wanted == Accelerator.Tcg)
        {
            return wanted;
        }

        string? problem = kvmProblem();
        return problem switch
        {
            null => Accelerator.Kvm,
            _ when wanted == Accelerator.Auto => Accelerator.Tcg,
            _ => throw KataException.Unsupported($"kvm cannot be used here: {problem}; set 'hypervisor.qemu.accelerator' to \"auto\" or \"tcg\""),
        };
    }

    /// <summary>QEMU's name for it.</summary>
    public static string NameOf(Accelerator accelerator) => accelerator == Accelerator.Kvm ? "kvm" : "tcg";
}
