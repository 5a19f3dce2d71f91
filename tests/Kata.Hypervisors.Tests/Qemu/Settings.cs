using Kata.Configuration;
using Kata.Hypervisors.Devices;
using Kata.Hypervisors.Qemu;
using Kata.Primitives;

namespace Kata.Hypervisors.Tests.Qemu;

/// <summary>Configurations and specifications to start tests from.</summary>
internal static class Settings
{
    public static readonly QemuConfiguration Default = new()
    {
        Path = "/usr/bin/qemu-system-x86_64",
        Accelerator = Accelerator.Tcg,
        BootTimeout = null,
        MachineType = "q35",
        MachineAccelerators = string.Empty,
        CpuFeatures = "pmu=off",
        EntropySource = "/dev/urandom",
        SeccompSandbox = null,
        EnableDebug = false,
        Assets = new GuestAssets
        {
            Kernel = "/opt/kata/vmlinux",
            Initrd = "/opt/kata/initrd.img",
            Image = null,
            RootfsType = "ext4",
            Firmware = null,
            KernelParameters = string.Empty,
            Hashes = new Dictionary<string, string>(),
        },
        Processors = new ProcessorConfiguration(1, 1),
        Memory = new MemoryConfiguration
        {
            Size = ByteSize.FromMebibytes(256),
            Maximum = null,
            Slots = 10,
            Preallocate = false,
            HugePages = false,
            FileBackend = null,
        },
        SharedFiles = new SharedFilesConfiguration
        {
            Kind = SharedFileSystem.VirtioFs,
            VirtioFsDaemon = "/usr/lib/qemu/virtiofsd",
            VirtioFsExtraArguments = ["--thread-pool-size=1"],
            VirtioFsCache = VirtioFsCache.Auto,
            VirtioFsQueueSize = 1024,
            Msize9p = 8192,
        },
        Annotations = new AnnotationPolicy
        {
            Enabled = [],
            HypervisorPaths = [],
            VirtioFsDaemonPaths = [],
            EntropySources = [],
            FileMemoryBackends = [],
            VhostUserStorePaths = [],
        },
    };

    public static readonly VmSpec Machine = new()
    {
        Id = "sb1",
        Directory = "/run/vc/vm/sb1",
        Kernel = "/opt/kata/vmlinux",
        Initrd = "/opt/kata/initrd.img",
        Vcpus = 1,
        Memory = ByteSize.FromMebibytes(256),
        Devices = [new AgentChannel("agent")],
    };

    public static QemuLayout Layout(VmSpec spec, QemuConfiguration? configuration = null) => new()
    {
        Spec = spec,
        Configuration = configuration ?? Default,
        Architecture = QemuArchitecture.X64,
        Accelerator = Accelerator.Tcg,
        MonitorFd = 4,
        ConsoleFd = 5,
        AgentFd = 3,
    };
}
