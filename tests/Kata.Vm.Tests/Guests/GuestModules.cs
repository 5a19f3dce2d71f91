using Kata.Testing.Builds;

namespace Kata.Vm.Tests.Guests;

/// <summary>What a guest image has that can load modules: a shell, modprobe and our kernel's modules.</summary>
internal static class GuestModules
{
    /// <summary>Adds them to an initrd.</summary>
    public static void AddTo(CpioArchive archive)
    {
        byte[] busybox = File.ReadAllBytes("/bin/busybox");
        archive.Directory("bin").File("bin/sh", busybox, executable: true).Directory("sbin").File("sbin/modprobe", busybox, executable: true);
        string root = BuildOutput.Modules;
        archive.Directory("lib");
        foreach (string path in Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = Path.GetRelativePath(root, path);
            _ = Directory.Exists(path) ? archive.Directory(name) : archive.File(name, File.ReadAllBytes(path));
        }
    }
}
