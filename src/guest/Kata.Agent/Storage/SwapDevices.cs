using Kata.Agent.Devices;
using Kata.Linux;
using Kata.Linux.Hosts;
using Kata.Primitives;

namespace Kata.Agent.Storage;

/// <summary>Disks that the guest uses as swap space.</summary>
internal sealed class SwapDevices(GuestDevices devices)
{
    /// <summary>Uses the disk at a PCI path.</summary>
    /// <param name="slots">The slots on the way to it.</param>
    /// <param name="cancellationToken">Gives up waiting for it.</param>
    /// <exception cref="KataException">InvalidArgument: no PCI path, or the disk is not formatted as swap. DeadlineExceeded: no disk appeared. AlreadyExists: in use.</exception>
    public async Task AddAsync(IReadOnlyList<uint> slots, CancellationToken cancellationToken)
    {
        DeviceNode disk = await devices.FindBlockAsync(PciPath.FromSlots(slots), cancellationToken).ConfigureAwait(false);
        Enable(disk.Path);
    }

    /// <summary>Uses a disk by its node.</summary>
    /// <exception cref="KataException">As <see cref="AddAsync(IReadOnlyList{uint}, CancellationToken)"/>.</exception>
    public async Task AddAsync(string node, CancellationToken cancellationToken)
    {
        DeviceNode disk = await devices.FindBlockAsync(node, cancellationToken).ConfigureAwait(false);
        Enable(disk.Path);
    }

    private static void Enable(string path)
    {
        try
        {
            SwapArea.Enable(path);
        }
        catch (LinuxException error) when (error.Errno == Errno.EBUSY)
        {
            throw new KataException(ErrorCode.AlreadyExists, $"{path} is used as swap space already, or is mounted", error);
        }
        catch (LinuxException error) when (error.Errno == Errno.EINVAL)
        {
            throw KataException.Invalid($"{path} is not formatted as swap space: run mkswap on it before it is plugged", error);
        }
    }
}
