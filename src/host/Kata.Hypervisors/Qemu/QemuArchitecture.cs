using System.Runtime.InteropServices;
using Kata.Primitives;

namespace Kata.Hypervisors.Qemu;

/// <summary>What differs between processor architectures for QEMU and the guest's kernel.</summary>
internal sealed record QemuArchitecture
{
    /// <summary>x86-64.</summary>
    public static readonly QemuArchitecture X64 = new()
    {
        MachineType = "q35",

        // Nothing of this is used, and what is not there cannot be attacked.
        MachineOptions = "usb=off,vmport=off,smbus=off,sata=off,i8042=off",
        Console = "ttyS0",
        KernelParameters = ["tsc=reliable", "no_timer_check", "noreplace-smp"],

        // Memory for each processor comes in pieces of 2 MiB otherwise, and the kernel searches all of a piece for room again and again as cgroups and mounts are
        // made: a tenth of what it costs to start a container.
        TranslatedParameters = ["percpu_alloc=page"],

        // The kernel measures the local timer for a quarter of a second before it trusts it. One processor does as well with the HPET.
        TranslatedUniprocessorParameters = ["nolapic_timer"],

        // With "enhanced rep movsb" the guest's kernel copies and clears byte by byte, and translated code takes as long for a byte as for eight: without it
        // a copy through the kernel is five to ten times as fast, and a fork twice.
        TranslatedCpu = "max,erms=off",
    };

    /// <summary>arm64.</summary>
    public static readonly QemuArchitecture Arm64 = new()
    {
        MachineType = "virt",
        MachineOptions = "gic-version=max",
        Console = "ttyAMA0",
        KernelParameters = [],
        TranslatedParameters = [],
        TranslatedUniprocessorParameters = [],
        TranslatedCpu = "max",
    };

    /// <summary>The one machine type supported.</summary>
    public required string MachineType { get; init; }

    /// <summary>Further properties of the machine.</summary>
    public required string MachineOptions { get; init; }

    /// <summary>The serial port's name in the guest.</summary>
    public required string Console { get; init; }

    /// <summary>Kernel parameters for speed on this architecture.</summary>
    public required IReadOnlyList<string> KernelParameters { get; init; }

    /// <summary>Further ones under translation.</summary>
    public required IReadOnlyList<string> TranslatedParameters { get; init; }

    /// <summary>Further ones under translation, where the machine can never have more than one processor.</summary>
    public required IReadOnlyList<string> TranslatedUniprocessorParameters { get; init; }

    /// <summary>
    /// The CPU model under translation, as QEMU writes it: everything QEMU knows, so that programs built for a recent baseline run, less what only makes
    /// translated code slow.
    /// </summary>
    public required string TranslatedCpu { get; init; }

    /// <summary>The architecture this process runs on, which is the guest's too.</summary>
    /// <exception cref="KataException">Unsupported: another one.</exception>
    public static QemuArchitecture Current => RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => X64,
        Architecture.Arm64 => Arm64,
        Architecture other => throw KataException.Unsupported($"machines of architecture {other} are not supported"),
    };
}
