namespace Kata.Runtime.Images;

/// <summary>The root file system of one container: an image under a private layer for what the container writes. Disposing removes it with all that was written.</summary>
public sealed class ContainerRoot : IDisposable
{
    private readonly ScratchDirectory _scratch;
    private readonly OverlayMount _mount;

    internal ContainerRoot(ScratchDirectory scratch, OverlayMount mount, string directory)
    {
        _scratch = scratch;
        _mount = mount;
        Directory = directory;
    }

    /// <summary>The mounted root; nothing in it is to be trusted.</summary>
    public string Directory { get; }

    /// <summary>A private directory beside it that is removed with it: the container's bundle.</summary>
    public string Bundle => _scratch.Path;

    /// <summary>Unmounts and removes.</summary>
    public void Dispose()
    {
        _mount.Dispose();
        _scratch.Dispose();
    }
}
