using Kata.Agent.Storage;
using Kata.Primitives;
using Kata.Protocols.Agent;

namespace Kata.Agent.Containers;

/// <summary>What a request asks to have shared by other containers, checked.</summary>
internal static class SharedMountRequests
{
    private const int MaxMounts = 128;

    /// <summary>Checks all of them. Changes nothing, and does not look at other containers.</summary>
    /// <exception cref="KataException">InvalidArgument: one of them is wrong; the message names it.</exception>
    public static void Validate(CreateContainerRequest request)
    {
        if (request.SharedMounts.Count > MaxMounts)
        {
            throw KataException.Invalid($"the request has {request.SharedMounts.Count} shared mounts; the most is {MaxMounts}");
        }

        string name = ContainerNames.Of(request.OCI, request.ContainerId);
        var targets = new HashSet<string>(StringComparer.Ordinal);
        foreach (SharedMount mount in request.SharedMounts)
        {
            foreach ((string field, string value) in (ReadOnlySpan<(string, string)>)[("name", mount.Name), ("src_ctr", mount.SrcCtr), ("dst_ctr", mount.DstCtr)])
            {
                if (value.Length == 0)
                {
                    throw Bad(mount, $"{field} is empty");
                }
            }

            if (mount.DstCtr != name && mount.DstCtr != request.ContainerId)
            {
                throw Bad(mount, $"it is for container '{Printable.Escape(mount.DstCtr, 64)}', and this one is '{Printable.Escape(name, 64)}'");
            }

            RequirePath(mount, "src_path", mount.SrcPath);
            RequirePath(mount, "dst_path", mount.DstPath);
            if (!targets.Add(mount.DstPath.TrimEnd('/')))
            {
                throw Bad(mount, $"another one has the same dst_path {Printable.Escape(mount.DstPath, 128)}");
            }
        }
    }

    /// <summary>How messages name one.</summary>
    public static string Shown(SharedMount mount) => $"shared mount '{Printable.Escape(mount.Name, 64)}'";

    private static void RequirePath(SharedMount mount, string field, string path)
    {
        if (path.Length > 4095 || !GuestPaths.IsCanonical(path.TrimEnd('/')))
        {
            throw Bad(mount, $"{field} '{Printable.Escape(path, 128)}' is no absolute path without dots, or is the root");
        }
    }

    private static KataException Bad(SharedMount mount, string what) => KataException.Invalid($"{Shown(mount)}: {what}");
}
