using System.Globalization;
using Kata.Agent.Containers;
using Kata.Agent.Storage;
using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Linux.Namespaces;
using Kata.Linux.Paths;
using Kata.Linux.Processes;
using Kata.Primitives;
using Mount = Kata.Protocols.Oci.Mount;

namespace Kata.Agent.Rootfs;

/// <summary>
/// Volumes of the pod in which mounts spread between containers: what one mounts in a volume that it binds <c>rshared</c> (Kubernetes' Bidirectional) shows in
/// those that bind it <c>rslave</c> (HostToContainer) or <c>rshared</c>, whichever container came first. Safe for concurrent use.
/// </summary>
/// <remarks>
/// All of them are copies of one shared mount of the volume, which is kept in a mount namespace of its own as long as any of them is there. So nothing that a container
/// mounts shows in the guest's own namespace, where it would be in the way of the volume's release.
/// </remarks>
/// <param name="guest">What the namespace is made from.</param>
internal sealed class SpreadingVolumes(LockedMounts guest) : IDisposable
{
    private const MountFlags Spreads = MountFlags.Shared | MountFlags.Slave;
    private const string Options = "mode=0700,size=64k";

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Dictionary<string, Volume> _volumes = new(StringComparer.Ordinal);
    private NamespaceFd? _namespace;
    private long _made;

    /// <summary>Takes the copies for a container.</summary>
    /// <param name="mounts">Its mounts.</param>
    /// <param name="undo">Gets a step for each that ends its use of the volume.</param>
    /// <param name="cancellationToken">Gives up waiting for others.</param>
    /// <exception cref="KataException">InvalidArgument: there is no such volume.</exception>
    public async Task<SpreadingBinds> TakeAsync(IReadOnlyList<PlannedMount> mounts, RollbackStack undo, CancellationToken cancellationToken)
    {
        var binds = new SpreadingBinds();
        try
        {
            foreach (PlannedMount planned in mounts)
            {
                if (IsSpreading(planned))
                {
                    binds.Add(planned.Mount, await TakeAsync(planned.Mount, planned.Options, undo, cancellationToken).ConfigureAwait(false));
                }
            }

            return binds;
        }
        catch
        {
            binds.Dispose();
            throw;
        }
    }

    /// <summary>Drops all volumes; the containers must be gone.</summary>
    public void Dispose()
    {
        foreach (Volume volume in _volumes.Values)
        {
            volume.Common.Dispose();
        }

        _namespace?.Dispose(); // and what is mounted there goes with it
        _turn.Dispose();
    }

    // An id-mapped mount is made from the volume itself: the kernel lets only mounts be mapped that nobody else has.
    private static bool IsSpreading(PlannedMount planned) => planned.IsBind
        && planned.Options.Propagation.Any(propagation => (propagation & Spreads) != 0)
        && !planned.Options.IdMapped && planned.Mount.UIDMappings.Count + planned.Mount.GIDMappings.Count == 0
        && planned.Mount.Source.StartsWith(GuestPaths.Root + "/", StringComparison.Ordinal) && GuestPaths.IsCanonical(planned.Mount.Source);

    private async Task<DetachedMount> TakeAsync(Mount mount, MountOptions options, RollbackStack undo, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var thread = new LauncherThread("mount-spread");
            if (!_volumes.TryGetValue(mount.Source, out Volume? volume))
            {
                volume = await thread.RunAsync(() => Make(mount)).ConfigureAwait(false);
                _volumes.Add(mount.Source, volume);
            }
            else
            {
                await thread.RunAsync(Enter).ConfigureAwait(false);
            }

            volume.Users++;
            undo.Push($"leave volume {mount.Source}", () => LeaveAsync(mount.Source, volume));
            return await thread.RunAsync(() => Copy(volume, options)).ConfigureAwait(false);
        }
        finally
        {
            DropNamespaceIfUnused();
            _turn.Release();
        }
    }

    // With all that is mounted there.
    private bool DropNamespaceIfUnused()
    {
        if (_volumes.Count > 0)
        {
            return false;
        }

        _namespace?.Dispose();
        _namespace = null;
        return true;
    }

    private async ValueTask LeaveAsync(string source, Volume volume)
    {
        await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            if (--volume.Users > 0)
            {
                return;
            }

            _volumes.Remove(source);
            volume.Common.Dispose();
            if (DropNamespaceIfUnused())
            {
                return;
            }

            using var thread = new LauncherThread("mount-spread");
            await thread.RunAsync(() => Remove(volume)).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    // On a thread of its own, which begins in the guest's namespace and ends in the one of the volumes.
    private Volume Make(Mount mount)
    {
        DetachedMount common = MountSources.Copy(mount, recursive: true);
        try
        {
            // What the guest mounts in it shows, if the guest shares it, and nothing goes back.
            common.SetAttributes(MountAttributes.None, MountAttributes.None, recursive: true, MountFlags.Slave);
            common.SetAttributes(MountAttributes.None, MountAttributes.None, recursive: true, MountFlags.Shared);
            Enter();
            string name = string.Create(CultureInfo.InvariantCulture, $"{++_made}");
            bool isDirectory = FileAt.KnownStatus(common.Root).IsDirectory;
            using ConfinedDirectory places = ConfinedDirectory.Open(GuestPaths.Root, ResolveFlags.Strict);
            using Fd place = isDirectory ? places.CreateDirectories(name) : places.CreateFile(name);
            common.AttachTo(place);
            return new Volume(common, name, isDirectory);
        }
        catch
        {
            common.Dispose();
            throw;
        }
    }

    private void Enter()
    {
        if (_namespace is { } known)
        {
            ThreadNamespaces.Unshare(CloneFlags.OwnFileSystemInfo);
            known.Enter();
            return;
        }

        guest.EnterCopy();
        Linux.Mounts.Mount.SetPropagation("/", MountFlags.Private | MountFlags.Recursive);
        using (Fd place = Fd.Open(GuestPaths.Root, OpenFlags.Path | OpenFlagsPerArchitecture.Directory))
        {
            Linux.Mounts.Mount.Attach("volumes", place, "tmpfs", MountFlags.NoSetId | MountFlags.NoDevices | MountFlags.NoExecute, Options);
        }

        _namespace = NamespaceFd.Open(0, CloneFlags.NewNs);
    }

    private static DetachedMount Copy(Volume volume, MountOptions options)
    {
        DetachedMount copy = DetachedMount.Clone(volume.Common.Root, (options.Flags & MountFlags.Recursive) != 0);
        try
        {
            if (!options.Propagation.Any(propagation => (propagation & MountFlags.Shared) != 0))
            {
                copy.SetAttributes(MountAttributes.None, MountAttributes.None, recursive: true, MountFlags.Slave);
            }

            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    private void Remove(Volume volume)
    {
        Enter();
        using ConfinedDirectory places = ConfinedDirectory.Open(GuestPaths.Root, ResolveFlags.Strict);
        Linux.Mounts.Mount.TryDetach($"{places.Handle.ProcPath}/{volume.Name}", lazy: true);
        if (volume.IsDirectory)
        {
            FileAt.RemoveDirectory(places.Handle, volume.Name);
        }
        else
        {
            FileAt.RemoveFile(places.Handle, volume.Name);
        }
    }

    private sealed class Volume(DetachedMount common, string name, bool isDirectory)
    {
        /// <summary>The mount that all copies are made from.</summary>
        public DetachedMount Common => common;

        /// <summary>Where it is in the namespace.</summary>
        public string Name => name;

        public bool IsDirectory => isDirectory;

        public int Users { get; set; }
    }
}
