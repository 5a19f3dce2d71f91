using Kata.Oci.Runtime;
using Kata.Primitives;

namespace Kata.Runtime.Resources;

/// <summary>How large a VM is booted: the configured base plus what its containers are allowed to use.</summary>
/// <param name="Vcpus">At least 1.</param>
/// <param name="Memory">Whole MiB.</param>
public sealed record SandboxSize(uint Vcpus, ByteSize Memory)
{
    private const long Mebi = 1024 * 1024;

    /// <summary>Adds a container's limits to a base.</summary>
    /// <param name="baseVcpus">What the guest itself needs; at least 1.</param>
    /// <param name="maxVcpus">The most the VM may have; at least <paramref name="baseVcpus"/>.</param>
    /// <param name="baseMemory">What the guest itself needs.</param>
    /// <param name="maxMemory">The most the VM may have.</param>
    /// <param name="resources">The container's limits; null: none.</param>
    /// <exception cref="KataException">ResourceExhausted: the memory limit asked for does not fit the machine.</exception>
    public static SandboxSize For(uint baseVcpus, uint maxVcpus, ByteSize baseMemory, ByteSize maxMemory, LinuxResources? resources)
    {
        ulong vcpus = Math.Min(baseVcpus + WholeCpus(resources?.Cpu), Math.Max(baseVcpus, maxVcpus));
        long wanted = MemoryLimit(resources?.Memory);

        // A limit beyond what the VM may have limits nothing; kubelet and Docker users write such limits to say "unlimited".
        long extra = wanted > maxMemory.Bytes ? Math.Max(0, maxMemory.Bytes - baseMemory.Bytes) : wanted;
        return new SandboxSize((uint)Math.Max(1, vcpus), ByteSize.FromMebibytes((baseMemory.Bytes + extra + Mebi - 1) / Mebi));
    }

    private static ulong WholeCpus(LinuxCpu? cpu)
    {
        if (cpu is { Quota: > 0, Period: > 0 })
        {
            ulong quota = (ulong)cpu.Quota.Value;
            ulong period = cpu.Period.Value;
            return Math.Min((quota / period) + (quota % period == 0 ? 0UL : 1UL), int.MaxValue);
        }

        return 0;
    }

    private static long MemoryLimit(LinuxMemory? memory) => memory?.Limit is { } limit and > 0 ? limit : 0;
}
