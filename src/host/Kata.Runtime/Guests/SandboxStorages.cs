using System.Globalization;
using Kata.Configuration;
using Kata.Runtime.Sandboxes;
using GuestStorage = Kata.Protocols.Agent.Storage;

namespace Kata.Runtime.Guests;

/// <summary>The file systems the agent mounts for the sandbox as a whole.</summary>
internal static class SandboxStorages
{
    public static IEnumerable<GuestStorage> Of(SandboxOptions options)
    {
        SharedFilesConfiguration files = options.Configuration.RequireQemu().SharedFiles;
        if (files.Kind == SharedFileSystem.VirtioFs)
        {
            yield return Shared("virtio-fs", "virtiofs", "nodev");
        }
        else if (files.Kind == SharedFileSystem.Virtio9p)
        {
            string msize = string.Create(CultureInfo.InvariantCulture, $"msize={files.Msize9p}");
            yield return Shared("9p", "9p", "trans=virtio,version=9p2000.L,cache=mmap", "nodev", msize);
        }

        var shm = new GuestStorage { Driver = "ephemeral", Source = "shm", Fstype = "tmpfs", MountPoint = SandboxPaths.GuestShm };
        shm.Options.AddRange(["noexec", "nosuid", "nodev", "mode=1777", string.Create(CultureInfo.InvariantCulture, $"size={options.ShmSize.Bytes}")]);
        yield return shm;
    }

    private static GuestStorage Shared(string driver, string type, params string[] words)
    {
        var storage = new GuestStorage { Driver = driver, Source = SandboxPaths.ShareTag, Fstype = type, MountPoint = SandboxPaths.GuestShared };
        storage.Options.AddRange(words);
        return storage;
    }
}
