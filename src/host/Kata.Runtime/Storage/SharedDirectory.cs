using Kata.Linux.Mounts;
using Kata.Primitives;
using Kata.Runtime.Containers;
using Kata.Runtime.Sandboxes;
using Microsoft.Extensions.Logging;

namespace Kata.Runtime.Storage;

/// <summary>
/// The directory a sandbox shares with its guest. Everything shown in it is a mount made in the calling process's mount namespace, which must be private:
/// then no crash leaves a mount behind. Not safe for concurrent use on one name.
/// </summary>
/// <remarks>
/// <c>mounts</c> is where the host mounts; <c>shared</c>, a read-only slave of it, is what virtiofsd or 9p serves. So the guest can write where a mount
/// allows it and nowhere else.
/// </remarks>
internal sealed class SharedDirectory : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly SandboxPaths _paths;
    private readonly ILogger _logger;
    private bool _disposed;

    private SharedDirectory(SandboxPaths paths, ILogger logger)
    {
        _paths = paths;
        _logger = logger;
    }

    /// <summary>Makes the directories and the view for the guest.</summary>
    /// <exception cref="KataException">A mount was refused.</exception>
    public static SharedDirectory Create(SandboxPaths paths, ILogger logger)
    {
        Directory.CreateDirectory(paths.Mounts, OwnerOnly);
        Directory.CreateDirectory(paths.Shared, OwnerOnly);
        var directory = new SharedDirectory(paths, logger);
        try
        {
            Mount.Bind(paths.Mounts, paths.Mounts);
            Mount.SetPropagation(paths.Mounts, MountFlags.Shared);
            Mount.BindReadOnly(paths.Mounts, paths.Shared);
            Mount.SetPropagation(paths.Shared, MountFlags.Slave);
            return directory;
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Shows a root file system.</summary>
    /// <param name="containerId">Its container.</param>
    /// <param name="source">Mounts to make in order, or a directory.</param>
    /// <returns>The path in the guest.</returns>
    public string AddRootfs(string containerId, RootfsSource source)
    {
        string target = Path.Combine(_paths.Mounts, containerId, "rootfs");
        Directory.CreateDirectory(target, OwnerOnly);
        if (source.Directory is { } directory)
        {
            Mount.Bind(directory, target, recursive: true);
        }

        foreach (RootfsMount mount in source.Mounts)
        {
            RootfsMounter.Attach(mount, target);
        }

        return $"{SandboxPaths.GuestShared}{containerId}/rootfs";
    }

    /// <summary>Shows a file or directory of the host.</summary>
    /// <param name="name">The name it gets; unique in the sandbox.</param>
    /// <param name="source">An absolute path.</param>
    /// <param name="recursive">With the mounts below it.</param>
    /// <param name="readOnly">Enforced here, whatever the guest does.</param>
    /// <returns>The path in the guest.</returns>
    public string AddVolume(string name, string source, bool recursive, bool readOnly)
    {
        string target = Path.Combine(_paths.Mounts, name);
        if (Directory.Exists(source))
        {
            Directory.CreateDirectory(target, OwnerOnly);
        }
        else
        {
            File.Create(target).Dispose();
        }

        if (readOnly)
        {
            Mount.BindReadOnly(source, target, recursive);
        }
        else
        {
            Mount.Bind(source, target, recursive);
        }

        return SandboxPaths.GuestShared + name;
    }

    /// <summary>Makes a directory for volumes whose names begin with its own.</summary>
    /// <param name="name">The name; unique in the sandbox.</param>
    public void AddDirectory(string name) => Directory.CreateDirectory(Path.Combine(_paths.Mounts, name), OwnerOnly);

    /// <summary>Takes a container's root file system or a volume away again. Failures are logged.</summary>
    /// <param name="name">The container's id or the volume's name.</param>
    public void Remove(string name)
    {
        string target = Path.Combine(_paths.Mounts, name);
        Teardown.Run(_logger, $"unmount {target}", () => Mount.DetachTree(target));
        Teardown.Run(_logger, $"remove {target}", () => EmptyTree.Remove(target));
    }

    /// <summary>Unmounts and removes everything.</summary>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            Teardown.Run(_logger, $"unmount {_paths.Share}", () => Mount.DetachTree(_paths.Share));
            Teardown.Run(_logger, $"remove {_paths.Share}", () => EmptyTree.Remove(_paths.Share));
        }
    }
}
