using System.Runtime.InteropServices;

namespace Kata.Configuration;

/// <summary>What the host has, as far as it bounds configuration values.</summary>
/// <param name="Processors">Number of CPUs that this process may use; at least 1.</param>
/// <param name="MaximumVcpus">Most vCPUs that QEMU's machine takes on this architecture.</param>
public sealed record HostLimits(int Processors, int MaximumVcpus)
{
    /// <summary>The limits of this machine.</summary>
    public static HostLimits Current { get; } =
        new(Environment.ProcessorCount, RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 123 : 240);
}
