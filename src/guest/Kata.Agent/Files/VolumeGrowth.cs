using System.Globalization;
using Kata.Agent.Devices;
using Kata.Agent.Storage;
using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;
using Kata.Primitives;
using Kata.Protocols.Agent;

namespace Kata.Agent.Files;

/// <summary>Grows the file system of a volume, while it is mounted, after the host has made its device larger.</summary>
/// <param name="devices">Where the guest's kernel tells that the device has become larger, which may be a moment after the host did it.</param>
internal sealed class VolumeGrowth(GuestDevices devices)
{
    private const string Ext4 = "ext4";
    private const string Xfs = "xfs";

    /// <summary>Grows it.</summary>
    /// <param name="request">The volume and the size it is to have, in bytes.</param>
    /// <param name="cancellationToken">Gives up waiting for the device.</param>
    /// <exception cref="KataException">
    /// InvalidArgument: not a path in the agent's tree, or a size that is less than the present one. ResourceExhausted: the device is smaller. NotFound: nothing
    /// is there. Unsupported: neither ext4 nor XFS, which is all that can be grown here; the message names what it is.
    /// </exception>
    public async Task ResizeAsync(ResizeVolumeRequest request, CancellationToken cancellationToken)
    {
        string relative = GuestPaths.RequireBelowRoot(request.VolumeGuestPath);
        string shown = Printable.Escape(request.VolumeGuestPath, 256);
        using ConfinedDirectory root = ConfinedDirectory.Open(GuestPaths.Root, ResolveFlags.Strict);
        using Fd place = root.Open(relative, OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
        MountEntry mount = MountOf(place, shown);
        RequireGrowable(mount.FileSystemType, shown);
        using Fd volume = root.Open(relative, OpenFlags.ReadOnly | OpenFlagsPerArchitecture.Directory);
        bool isXfs = mount.FileSystemType == Xfs;
        (ulong unit, ulong least) = isXfs ? SizeOfXfs(volume) : SizeOfExt(volume);
        if (request.Size < least)
        {
            throw KataException.Invalid($"{shown} has {least} bytes, more than the {request.Size} that are wanted: a mounted file system only grows");
        }

        await RequireDeviceAsync(shown, mount.Device, request.Size, cancellationToken).ConfigureAwait(false);
        if (isXfs)
        {
            XfsGrowth.Grow(volume, request.Size / unit);
        }
        else
        {
            Ext4Growth.Grow(volume, request.Size / unit);
        }
    }

    // Not by the magic number that statfs(2) tells: that of a 9p share is the one of the host's file system.
    private static MountEntry MountOf(Fd place, string shown)
    {
        ulong id = FileAt.Status(place).MountId;
        return MountInfo.Read().LastOrDefault(mount => (ulong)mount.Id == id) ?? throw KataException.NotFound($"{shown} was unmounted meanwhile");
    }

    private static void RequireGrowable(string type, string shown)
    {
        if (type is Ext4 or Xfs)
        {
            return;
        }

        string instead = type == "tmpfs" ? "; UpdateEphemeralMounts gives a volume in memory another size" : string.Empty;
        throw KataException.Unsupported($"ResizeVolume: {shown} is on {Printable.Escape(type, 32)}, and this agent can only grow ext4 and XFS{instead}");
    }

    private static (ulong Unit, ulong Bytes) SizeOfExt(Fd volume)
    {
        FileSystemSpace space = FileSystemSpace.Of(volume);
        return (space.BlockSize, space.TotalBytes);
    }

    private static (ulong Unit, ulong Bytes) SizeOfXfs(Fd volume)
    {
        (ulong unit, ulong blocks) = XfsGrowth.SizeOf(volume);
        return (unit, unit * blocks);
    }

    // The kernel notices by itself that a virtio disk has grown, though not at once; for a SCSI disk it has to be told to look.
    private async Task RequireDeviceAsync(string shown, DeviceNumber number, ulong wanted, CancellationToken cancellationToken)
    {
        const ulong sector = 512; // the unit of this attribute, whatever the device's is
        Sysfs sysfs = devices.Sysfs;
        string? directory = sysfs.Follow($"dev/block/{number}");
        if (directory is null)
        {
            return; // not known by its number; the file system knows its limit itself
        }

        ulong Bytes() => ulong.TryParse(sysfs.Read($"{directory}/size"), NumberStyles.None, CultureInfo.InvariantCulture, out ulong sectors) ? sectors * sector : 0;
        if (Bytes() >= wanted)
        {
            return;
        }

        bool isPartition = sysfs.Exists($"{directory}/partition");
        string rescan = $"{(isPartition ? Path.GetDirectoryName(directory) : directory)}/device/rescan";
        if (sysfs.Exists(rescan))
        {
            sysfs.Write(rescan, "1");
        }

        try
        {
            await devices.WaitAsync<object>(
                $"a device of {wanted} bytes below {shown}",
                (out string missing) =>
                {
                    missing = $"{Path.GetFileName(directory)} has {Bytes()}";
                    return Bytes() >= wanted ? directory : null;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (KataException error) when (error.Code == ErrorCode.DeadlineExceeded)
        {
            string part = isPartition ? "partition" : "device";
            throw new KataException(
                ErrorCode.ResourceExhausted, $"{shown} cannot have {wanted} bytes: its {part} {Path.GetFileName(directory)} has {Bytes()}", error);
        }
    }
}
