using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>
/// The place of one container in the store: its private files, and an image under a layer of its own for what it writes. Disposing removes it all.
/// </summary>
public sealed class ContainerRoot : IDisposable
{
    private readonly ScratchDirectory _scratch;
    private OverlayMount? _mount;

    internal ContainerRoot(ScratchDirectory scratch) => _scratch = scratch;

    /// <summary>Where the root file system is once <see cref="Attach"/> was called; nothing in it is to be trusted.</summary>
    public string Directory => Path.Combine(_scratch.Path, ScratchDirectory.MountPoint);

    /// <summary>A private directory beside it: the container's bundle.</summary>
    public string Bundle => _scratch.Path;

    /// <summary>Shows an image.</summary>
    /// <param name="image">The image.</param>
    /// <exception cref="KataException">Unsupported: the store is on a file system that overlays cannot use.</exception>
    /// <exception cref="InvalidOperationException">It shows one already.</exception>
    public void Attach(PreparedImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (_mount is not null)
        {
            throw new InvalidOperationException("the root shows an image already");
        }

        string root = _scratch.Add(ScratchDirectory.MountPoint);
        _mount = OverlayMount.Attach(image.Directories, _scratch.Add("upper"), _scratch.Add("work"), root);
    }

    /// <summary>Makes a directory in the root unless it is there; links end inside.</summary>
    /// <param name="path">An absolute path in the container.</param>
    /// <exception cref="LinuxException">ENOTDIR: something on the way is no directory.</exception>
    public void MakeDirectory(string path)
    {
        using ConfinedDirectory root = ConfinedDirectory.Open(Directory);
        using Fd made = root.CreateDirectories(path);
    }

    /// <summary>Unmounts and removes.</summary>
    public void Dispose()
    {
        _mount?.Dispose();
        _scratch.Dispose();
    }
}
