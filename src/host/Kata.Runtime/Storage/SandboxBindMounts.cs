using Kata.Configuration;
using Kata.Primitives;

namespace Kata.Runtime.Storage;

/// <summary>Shows every sandbox the files and directories that the configuration names.</summary>
internal static class SandboxBindMounts
{
    /// <summary>The directory they are in, below the shared one.</summary>
    public const string DirectoryName = "sandbox-mounts";

    /// <summary>Shows them.</summary>
    /// <param name="mounts">What to show.</param>
    /// <param name="share">The shared directory, which removes them with itself; null when nothing is shared.</param>
    /// <exception cref="KataException">Unsupported: nothing is shared. NotFound: there is no such file.</exception>
    public static void Add(IReadOnlyList<SandboxBindMount> mounts, SharedDirectory? share)
    {
        if (mounts.Count == 0)
        {
            return;
        }

        if (share is null)
        {
            throw KataException.Unsupported("runtime.sandbox_bind_mounts needs a shared directory, but shared_fs is none");
        }

        share.AddDirectory(DirectoryName);
        foreach (SandboxBindMount mount in mounts)
        {
            if (!Path.Exists(mount.Path))
            {
                throw KataException.NotFound($"runtime.sandbox_bind_mounts: {mount.Path} does not exist");
            }

            share.AddVolume($"{DirectoryName}/{mount.Name}", mount.Path, recursive: true, mount.ReadOnly);
        }
    }
}
