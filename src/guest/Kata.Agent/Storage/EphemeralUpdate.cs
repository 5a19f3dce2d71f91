using Kata.Linux;
using Kata.Linux.Mounts;
using Kata.Primitives;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Storage;

/// <summary>Gives memory volumes of the pod another size while containers use them.</summary>
internal static class EphemeralUpdate
{
    /// <summary>Changes volumes, all or none.</summary>
    /// <param name="table">The pod's storages.</param>
    /// <param name="wanted">The volumes with their new options.</param>
    /// <param name="cancellationToken">Gives up waiting for others.</param>
    /// <exception cref="KataException">
    /// InvalidArgument: not a tmpfs, or an option is wrong; a size below what is in use is. NotFound: no such volume is mounted.
    /// </exception>
    public static async Task ApplyAsync(StorageTable table, IReadOnlyList<StorageRequest> wanted, CancellationToken cancellationToken)
    {
        table.Validate(wanted, containerId: null);
        foreach (StorageRequest storage in wanted)
        {
            if (storage.Driver != "ephemeral" || storage.Fstype is not ("tmpfs" or ""))
            {
                throw KataException.Invalid($"storage at {Printable.Escape(storage.MountPoint, 128)}: only ephemeral storages of type tmpfs change their size");
            }
        }

        var done = new Stack<StorageRequest>();
        try
        {
            foreach (StorageRequest storage in wanted)
            {
                await table.ChangeAsync(
                    storage.MountPoint,
                    present =>
                    {
                        Remount(present, storage);
                        done.Push(present);
                        return storage;
                    },
                    cancellationToken).ConfigureAwait(false);
            }
        }
        catch
        {
            while (done.TryPop(out StorageRequest? former))
            {
                await table.ChangeAsync(
                    former.MountPoint,
                    present =>
                    {
                        Remount(present, former);
                        return former;
                    },
                    CancellationToken.None).ConfigureAwait(false);
            }

            throw;
        }
    }

    private static void Remount(StorageRequest present, StorageRequest wanted)
    {
        if (present.Driver != wanted.Driver)
        {
            throw KataException.Invalid($"the storage at {wanted.MountPoint} is of driver {present.Driver}, not {wanted.Driver}");
        }

        var words = new StorageOptions(wanted.Options);
        _ = VolumeGroup.Take(wanted, words);
        MountOptions options = words.TakeMountOptions();
        using Fd mounted = GuestPaths.Open(wanted.MountPoint, OpenFlags.Path);
        try
        {
            Mount.Remount(mounted.ProcPath, options.Flags, options.DataText);
        }
        catch (LinuxException error) when (error.Errno is Errno.EINVAL or Errno.EBUSY)
        {
            throw KataException.Invalid(
                $"the storage at {wanted.MountPoint} does not take the options '{Printable.Escape(options.DataText ?? string.Empty, 128)}': is more in use than the new size?", error);
        }
    }
}
