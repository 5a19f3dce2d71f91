using System.Globalization;
using Kata.Configuration;
using Kata.Hypervisors.Devices;

namespace Kata.Hypervisors.Qemu;

/// <summary>Writes QEMU's arguments.</summary>
internal static class QemuCommandLine
{
    /// <summary>What QEMU may not do once it runs; it needs none of it, because every resource comes to it as a descriptor.</summary>
    internal const string StrictSandbox = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny";

    private const string MemoryId = "mem0";

    /// <summary>The arguments after the program's name.</summary>
    public static IReadOnlyList<string> Build(QemuLayout layout)
    {
        var arguments = new List<string>();
        AddMachine(arguments, layout);
        AddMemory(arguments, layout);
        AddControl(arguments, layout);
        AddBoot(arguments, layout);
        AddConsole(arguments, layout);
        if (layout.ImageFd >= 0)
        {
            QemuDevices.AddDisk(arguments, "image", readOnly: true, layout.ImageFd);
        }

        QemuDevices.Add(arguments, layout);
        return arguments;
    }

    private static void AddMachine(List<string> arguments, QemuLayout layout)
    {
        bool translated = layout.Accelerator == Accelerator.Tcg;
        QemuConfiguration configuration = layout.Configuration;
        arguments.AddRange(["-name", new QemuOption($"sandbox-{layout.Spec.Id}").Set("debug-threads", true).ToString()]);
        arguments.AddRange(["-no-user-config", "-nodefaults", "-display", "none", "-no-reboot"]);
        arguments.AddRange(
        [
            "-machine",
            new QemuOption(layout.Architecture.MachineType).Append(layout.Architecture.MachineOptions).Set("memory-backend", MemoryId)
                .Append(configuration.MachineAccelerators).ToString(),
            "-accel", translated ? "tcg,thread=multi" : "kvm",
            "-cpu", new QemuOption().Append(translated ? layout.Architecture.TranslatedCpu : "host").Append(configuration.CpuFeatures).ToString(),
            "-smp", Number(layout.Spec.Vcpus),
            "-rtc", "base=utc,clock=host",
        ]);
        if (!translated && layout.Architecture == QemuArchitecture.X64)
        {
            arguments.AddRange(["-global", "kvm-pit.lost_tick_policy=discard"]);
        }

        arguments.AddRange(["-sandbox", configuration.SeccompSandbox is { Length: > 0 } chosen ? chosen : StrictSandbox]);
    }

    private static void AddMemory(List<string> arguments, QemuLayout layout)
    {
        MemoryConfiguration memory = layout.Configuration.Memory;
        bool shared = layout.Spec.Devices.Any(d => d is SharedDirectory { Kind: SharedDirectoryKind.VirtioFs });
        string size = $"{layout.Spec.Memory.Mebibytes}M";
        QemuOption backend = memory switch
        {
            { FileBackend: { } directory } => new QemuOption("memory-backend-file").Set("id", MemoryId).Set("mem-path", directory),

            // A memfd needs no room in /dev/shm, which is often small where we run.
            { HugePages: true } => new QemuOption("memory-backend-memfd").Set("id", MemoryId).Set("hugetlb", true),
            _ when shared => new QemuOption("memory-backend-memfd").Set("id", MemoryId),
            _ => new QemuOption("memory-backend-ram").Set("id", MemoryId),
        };
        backend.Set("size", size);
        if (shared)
        {
            backend.Set("share", true);
        }

        if (memory.Preallocate)
        {
            backend.Set("prealloc", true);
        }

        arguments.AddRange(["-m", size, "-object", backend.ToString()]);
    }

    private static void AddControl(List<string> arguments, QemuLayout layout) => arguments.AddRange(
    [
        "-chardev", new QemuOption("socket").Set("id", "monitor").Set("fd", layout.MonitorFd).ToString(),
        "-mon", "chardev=monitor,mode=control",
        "-S",
    ]);

    private static void AddBoot(List<string> arguments, QemuLayout layout)
    {
        arguments.AddRange(["-kernel", layout.Spec.Kernel]);
        if (layout.Spec.Initrd is { } initrd)
        {
            arguments.AddRange(["-initrd", initrd]);
        }

        arguments.AddRange(["-append", GuestKernelCommandLine.Build(layout.Spec, layout.Configuration, layout.Architecture, layout.Accelerator)]);
        if (layout.Configuration.Assets.Firmware is { Length: > 0 } firmware)
        {
            arguments.AddRange(["-bios", firmware]);
        }
    }

    private static void AddConsole(List<string> arguments, QemuLayout layout) => arguments.AddRange(
    [
        "-chardev", new QemuOption("socket").Set("id", "console").Set("fd", layout.ConsoleFd).ToString(),
        "-serial", "chardev:console",
    ]);

    private static string Number(uint value) => value.ToString(CultureInfo.InvariantCulture);
}
