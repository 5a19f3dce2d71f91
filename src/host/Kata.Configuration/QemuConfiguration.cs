namespace Kata.Configuration;

/// <summary>How to run VMs with QEMU: table <c>hypervisor.qemu</c>.</summary>
public sealed record QemuConfiguration
{
    /// <summary>The QEMU binary.</summary>
    public required string Path { get; init; }

    /// <summary>What executes the guest's instructions.</summary>
    public required Accelerator Accelerator { get; init; }

    /// <summary>The time a VM may take until its agent answers; null leaves it to the accelerator, see <see cref="BootTimeoutUnder"/>.</summary>
    public required TimeSpan? BootTimeout { get; init; }

    /// <summary>QEMU machine type.</summary>
    public required string MachineType { get; init; }

    /// <summary>More options for <c>-machine</c>, separated by commas.</summary>
    public required string MachineAccelerators { get; init; }

    /// <summary>More options for <c>-cpu</c>, separated by commas.</summary>
    public required string CpuFeatures { get; init; }

    /// <summary>Host device behind the guest's random number generator.</summary>
    public required string EntropySource { get; init; }

    /// <summary>Argument of <c>-sandbox</c>; null means the strictest that works.</summary>
    public required string? SeccompSandbox { get; init; }

    /// <summary>Debug messages from QEMU and the guest's kernel.</summary>
    public required bool EnableDebug { get; init; }

    /// <summary>Kernel and root file system of the guest.</summary>
    public required GuestAssets Assets { get; init; }

    /// <summary>Directory in the guest with hooks for every container; null: none.</summary>
    public string? GuestHookPath { get; init; }

    /// <summary>vCPUs.</summary>
    public required ProcessorConfiguration Processors { get; init; }

    /// <summary>Memory.</summary>
    public required MemoryConfiguration Memory { get; init; }

    /// <summary>Files shared with the guest.</summary>
    public required SharedFilesConfiguration SharedFiles { get; init; }

    /// <summary>What pods may change by annotation.</summary>
    public required AnnotationPolicy Annotations { get; init; }

    /// <summary>The time a VM may take until its agent answers.</summary>
    /// <param name="translated">Whether QEMU translates the guest's instructions itself, which is slower.</param>
    public TimeSpan BootTimeoutUnder(bool translated) => BootTimeout ?? TimeSpan.FromSeconds(translated ? 90 : 30);
}
