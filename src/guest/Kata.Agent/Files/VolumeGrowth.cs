using Kata.Agent.Storage;
using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;
using Kata.Primitives;
using Kata.Protocols.Agent;

namespace Kata.Agent.Files;

/// <summary>Grows the file system of a volume whose device the host has made larger.</summary>
internal static class VolumeGrowth
{
    /// <summary>Grows it, while it is mounted.</summary>
    /// <exception cref="KataException">
    /// InvalidArgument: not a path in the agent's tree, or a size that is less than the present one. ResourceExhausted: the device is smaller. NotFound: nothing
    /// is there. Unsupported: no ext4, which is all that can be grown here.
    /// </exception>
    public static void Resize(ResizeVolumeRequest request)
    {
        string relative = GuestPaths.RequireBelowRoot(request.VolumeGuestPath);
        using ConfinedDirectory root = ConfinedDirectory.Open(GuestPaths.Root, ResolveFlags.Strict);
        using Fd volume = root.Open(relative, OpenFlags.ReadOnly | OpenFlagsPerArchitecture.Directory);
        FileSystemSpace space = FileSystemSpace.Of(volume);
        string shown = Printable.Escape(request.VolumeGuestPath, 256);
        if (space.Type != FileSystemSpace.Ext)
        {
            throw KataException.Unsupported($"ResizeVolume: {shown} is not on ext4, the only file system that this agent can grow");
        }

        if (request.Size < space.TotalBytes)
        {
            throw KataException.Invalid($"{shown} has {space.TotalBytes} bytes, more than the {request.Size} that are wanted: a mounted file system only grows");
        }

        try
        {
            Ext4Growth.Grow(volume, request.Size / space.BlockSize);
        }
        catch (LinuxException error) when (error.Errno == Errno.ENOTTY)
        {
            throw KataException.Unsupported($"ResizeVolume: {shown} is on ext2 or ext3, which this agent cannot grow");
        }
    }
}
