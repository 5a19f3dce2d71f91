using Kata.Linux;
using Kata.Linux.Paths;

namespace Kata.Runtime.Images;

/// <summary>Keeps unpacked layers from being removed while somebody uses them: a shared lock on each one's directory.</summary>
internal static class LayerPins
{
    /// <summary>Holds layers.</summary>
    /// <param name="directories">Their directories.</param>
    /// <returns>What holds them; null if one is not there, or is being removed.</returns>
    public static IReadOnlyList<FileLock>? TryHold(IReadOnlyList<string> directories)
    {
        var held = new List<FileLock>(directories.Count);
        try
        {
            foreach (string directory in directories)
            {
                if (FileLock.TryShareDirectory(directory) is not { } pin)
                {
                    break;
                }

                held.Add(pin);
            }

            // Whoever removes a layer moves it away under its lock. One that is still in its place now, with our lock on it, stays there.
            if (held.Count == directories.Count && directories.All(Directory.Exists))
            {
                return held;
            }
        }
        catch (LinuxException error) when (error.Errno == Errno.ENOENT)
        {
            // Not there: it has to be unpacked.
        }
        catch
        {
            Release(held);
            throw;
        }

        Release(held);
        return null;
    }

    private static void Release(List<FileLock> held) => held.ForEach(pin => pin.Dispose());
}
