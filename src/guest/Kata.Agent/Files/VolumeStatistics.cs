using Kata.Agent.Storage;
using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;
using Kata.Protocols.Agent;

namespace Kata.Agent.Files;

/// <summary>Tells how full a volume is.</summary>
internal static class VolumeStatistics
{
    /// <summary>Asks the file system.</summary>
    /// <exception cref="Kata.Primitives.KataException">InvalidArgument: not a path in the agent's tree. NotFound: nothing is there.</exception>
    public static VolumeStatsResponse Read(VolumeStatsRequest request)
    {
        string relative = GuestPaths.RequireBelowRoot(request.VolumeGuestPath);
        using ConfinedDirectory root = ConfinedDirectory.Open(GuestPaths.Root, ResolveFlags.Strict);
        using Fd volume = root.Open(relative, OpenFlags.Path);
        FileSystemSpace space = FileSystemSpace.Of(volume);
        return new VolumeStatsResponse
        {
            VolumeCondition = new VolumeCondition(),
            Usage =
            {
                new VolumeUsage
                {
                    Unit = VolumeUsage.Types.Unit.Bytes, Total = space.TotalBytes, Available = space.AvailableBytes, Used = space.TotalBytes - space.FreeBytes,
                },
                new VolumeUsage
                {
                    Unit = VolumeUsage.Types.Unit.Inodes, Total = space.TotalFiles, Available = space.FreeFiles, Used = space.TotalFiles - space.FreeFiles,
                },
            },
        };
    }
}
