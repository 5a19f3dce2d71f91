using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;
using Kata.Protocols.Types;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Storage;

/// <summary>
/// The group that a volume belongs to, as Kubernetes' <c>fsGroup</c>: every file gets it and may be read and written by it, and what is made in a
/// directory later belongs to it too.
/// </summary>
/// <param name="Group">The group.</param>
/// <param name="OnlyIfRootDiffers">Whether a volume whose top directory is right already is left alone.</param>
internal sealed record VolumeGroup(uint Group, bool OnlyIfRootDiffers)
{
    private const uint DirectoryBits = 0x5F8; // 02770
    private const uint FileBits = 0x1B0; // 0660
    private const int MaxDepth = 128;

    /// <summary>Reads it from the message's field and the option <c>fsgid=</c>; null when neither is there.</summary>
    /// <exception cref="KataException">InvalidArgument: no group id, two that differ, or an unknown policy.</exception>
    public static VolumeGroup? Take(StorageRequest storage, StorageOptions words)
    {
        uint? option = words.TakeGroup("fsgid");
        if (storage.FsGroup is not { } field)
        {
            return option is { } group ? new VolumeGroup(group, OnlyIfRootDiffers: false) : null;
        }

        if (field.GroupId == uint.MaxValue || (option is { } other && other != field.GroupId))
        {
            throw KataException.Invalid($"storage at {Printable.Escape(storage.MountPoint, 128)}: fs_group {field.GroupId} is no group, or differs from option fsgid");
        }

        return field.GroupChangePolicy switch
        {
            FSGroupChangePolicy.Always => new VolumeGroup(field.GroupId, OnlyIfRootDiffers: false),
            FSGroupChangePolicy.OnRootMismatch => new VolumeGroup(field.GroupId, OnlyIfRootDiffers: true),
            _ => throw KataException.Invalid($"fs_group: change policy {(int)field.GroupChangePolicy} does not exist"),
        };
    }

    /// <summary>Gives a volume to the group. Follows no link and does not leave the volume's file system.</summary>
    /// <param name="volume">The volume's top directory, or its one file.</param>
    /// <exception cref="KataException">ResourceExhausted: directories are nested too deep.</exception>
    /// <exception cref="LinuxException">As chown(2) and chmod(2).</exception>
    public void Apply(Fd volume)
    {
        FileStatus top = FileAt.Status(volume);
        if (OnlyIfRootDiffers && top.GroupId == Group && (top.Permissions & BitsFor(top)) == BitsFor(top))
        {
            return;
        }

        if (top.IsDirectory)
        {
            Descend(volume, top.Device, depth: 0);
        }

        // The top comes last: while it differs, an interrupted run is seen as unfinished.
        Change(volume, top);
    }

    private static uint BitsFor(FileStatus status) => status.IsDirectory ? DirectoryBits : FileBits;

    private void Descend(Fd directory, DeviceNumber device, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new KataException(ErrorCode.ResourceExhausted, $"fs_group: the volume has directories nested deeper than {MaxDepth}");
        }

        using var stream = new DirectoryStream(directory);
        while (stream.Next() is { Count: > 0 } entries)
        {
            foreach (DirectoryEntry entry in entries)
            {
                try
                {
                    ChangeEntry(directory, entry.Name, device, depth);
                }
                catch (LinuxException error) when (error.Errno == Errno.ENOENT)
                {
                    // Somebody who uses what a bind mount shows has removed it.
                    continue;
                }
            }
        }
    }

    private void ChangeEntry(Fd directory, string name, DeviceNumber device, int depth)
    {
        using Fd child = FileAt.Open(directory, name, OpenFlags.Path);
        FileStatus status = FileAt.Status(child);
        if (status.Kind == FileKind.SymbolicLink)
        {
            FileAt.ChangeOwner(child, uint.MaxValue, Group);
        }
        else if (status.Device == device)
        {
            if (status.IsDirectory)
            {
                Descend(child, device, depth + 1);
            }

            Change(child, status);
        }
    }

    // Owner first: changing it takes set-id bits away.
    private void Change(Fd file, FileStatus status)
    {
        FileAt.ChangeOwner(file, uint.MaxValue, Group);
        FileAt.ChangeMode(file, status.Permissions | BitsFor(status));
    }
}
