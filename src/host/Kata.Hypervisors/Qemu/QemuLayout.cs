using Kata.Configuration;

namespace Kata.Hypervisors.Qemu;

/// <summary>All that decides QEMU's command line. Descriptors are numbers in the QEMU process.</summary>
internal sealed record QemuLayout
{
    /// <summary>The machine wanted.</summary>
    public required VmSpec Spec { get; init; }

    /// <summary>The administrator's settings.</summary>
    public required QemuConfiguration Configuration { get; init; }

    /// <summary>What differs between processor architectures.</summary>
    public required QemuArchitecture Architecture { get; init; }

    /// <summary>What executes the guest's instructions; not <see cref="Accelerator.Auto"/>.</summary>
    public required Accelerator Accelerator { get; init; }

    /// <summary>Connected socket for QMP.</summary>
    public required int MonitorFd { get; init; }

    /// <summary>Connected socket for the guest's console.</summary>
    public required int ConsoleFd { get; init; }

    /// <summary>The agent channel: a listening socket for virtio-serial, the open <c>/dev/vhost-vsock</c> for vsock.</summary>
    public required int AgentFd { get; init; }

    /// <summary>The guest's vsock address; 0 where the agent channel is virtio-serial.</summary>
    public uint ContextId { get; init; }

    /// <summary>The descriptors behind devices, by device id: a connected virtiofsd socket, an open disk, the queues of a tap.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<int>> DeviceFds { get; init; } = new Dictionary<string, IReadOnlyList<int>>();

    /// <summary>The descriptor of the root image; -1 without one.</summary>
    public int ImageFd { get; init; } = -1;
}
