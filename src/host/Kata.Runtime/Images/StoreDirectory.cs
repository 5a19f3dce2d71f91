using Kata.Linux;
using Kata.Linux.Paths;

namespace Kata.Runtime.Images;

/// <summary>Makes directories of the store.</summary>
internal static class StoreDirectory
{
    /// <summary>For the owner only.</summary>
    public const uint PrivateMode = 0x1C0; // 0700

    /// <summary>What the root directory of an image has if the image does not say.</summary>
    public const uint OpenMode = 0x1ED; // 0755

    /// <summary>Makes a directory and those above it, unless they are there.</summary>
    /// <param name="path">An absolute path of our own.</param>
    /// <param name="mode">Permission bits of what is made.</param>
    /// <exception cref="LinuxException">It cannot be made.</exception>
    public static void Make(string path, uint mode = PrivateMode)
    {
        using ConfinedDirectory root = ConfinedDirectory.Open("/");
        using Fd directory = root.CreateDirectories(path, mode);
    }
}
