using Kata.Linux.Paths;
using Kata.Oci.Images;

namespace Kata.Runtime.Images;

/// <summary>A root file system ready to be used, read-only, by any number of containers. Its layers stay in the store until it is disposed.</summary>
public sealed class PreparedImage : IDisposable
{
    private readonly IReadOnlyList<FileLock> _held;

    internal PreparedImage(string name, IReadOnlyList<string> directories, ContainerDefaults defaults, IReadOnlyList<FileLock> held)
    {
        Name = name;
        Directories = directories;
        Defaults = defaults;
        _held = held;
    }

    /// <summary>What the user called it.</summary>
    public string Name { get; }

    /// <summary>Directories that make it up, the lowest first.</summary>
    public IReadOnlyList<string> Directories { get; }

    /// <summary>How its containers run unless told otherwise.</summary>
    public ContainerDefaults Defaults { get; }

    /// <summary>Lets go of the layers; containers that show them must be gone.</summary>
    public void Dispose()
    {
        foreach (FileLock held in _held)
        {
            held.Dispose();
        }
    }
}
