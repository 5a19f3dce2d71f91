using Kata.Hypervisors.Devices;
using Kata.Primitives;

namespace Kata.Hypervisors;

/// <summary>A machine to make, in terms no VMM is named in.</summary>
/// <remarks>
/// What the guest sees (<see cref="Devices"/>, sizes, kernel) is apart from what serves it on the host (<see cref="Backends"/>), so that a machine saved
/// once can be cloned with other backends behind the same devices.
/// </remarks>
public sealed record VmSpec
{
    /// <summary>The sandbox's id.</summary>
    public required string Id { get; init; }

    /// <summary>A directory for the machine's sockets, which must not exist yet; made with mode 0700 and removed with the machine.</summary>
    public required string Directory { get; init; }

    /// <summary>The guest kernel on the host.</summary>
    public required string Kernel { get; init; }

    /// <summary>The guest's initial ramdisk; null when it boots from <see cref="Image"/>.</summary>
    public string? Initrd { get; init; }

    /// <summary>The guest's root disk image, attached read-only; null when it boots from <see cref="Initrd"/>.</summary>
    public string? Image { get; init; }

    /// <summary>
    /// Kernel parameters of the runtime, such as the agent's. They come after the driver's own and before the user's, so that the user has the last word.
    /// </summary>
    public IReadOnlyList<string> KernelParameters { get; init; } = [];

    /// <summary>Processors at boot; at least 1.</summary>
    public required uint Vcpus { get; init; }

    /// <summary>The most processors the guest can ever have; 0 means <see cref="Vcpus"/>.</summary>
    public uint MaxVcpus { get; init; }

    /// <summary>Memory at boot.</summary>
    public required ByteSize Memory { get; init; }

    /// <summary>The devices beyond console and root disk, in the order in which they are plugged.</summary>
    public IReadOnlyList<VmDevice> Devices { get; init; } = [];

    /// <summary>What serves each device on the host, by <see cref="VmDevice.Id"/>. Devices that need nothing are not in it.</summary>
    public IReadOnlyDictionary<string, DeviceBackend> Backends { get; init; } = new Dictionary<string, DeviceBackend>();

    /// <summary>The network namespace the VMM and its helpers run in, as a path; null for the caller's.</summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>
    /// The <c>cgroup.procs</c> files that the VMM and its helpers write themselves into before they execute, so that no moment of theirs escapes accounting.
    /// </summary>
    public IReadOnlyList<string> CgroupProcsFiles { get; init; } = [];

    /// <summary>The user the VMM runs as; null for the caller's. Helpers that must serve files of any owner stay with the caller's user.</summary>
    public VmmUser? RunAs { get; init; }

    /// <summary>The backend of a device.</summary>
    /// <exception cref="KataException">InvalidArgument: it has none, or one of another kind.</exception>
    public TBackend RequireBackend<TBackend>(VmDevice device)
        where TBackend : DeviceBackend
    {
        ArgumentNullException.ThrowIfNull(device);
        return Backends.TryGetValue(device.Id, out DeviceBackend? backend) && backend is TBackend fitting
            ? fitting
            : throw KataException.Invalid($"device '{device.Id}' of machine '{Id}' has no backend of kind {typeof(TBackend).Name}");
    }
}
