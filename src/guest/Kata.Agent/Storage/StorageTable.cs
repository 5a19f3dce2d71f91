using Kata.Primitives;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Storage;

/// <summary>
/// All storages of the sandbox by mount point, counted: the same one asked for twice is made once and goes with its last user. Those that belong to the
/// pod rather than to a container stay until the sandbox goes. Safe for concurrent use.
/// </summary>
internal sealed class StorageTable
{
    private const int MaxStorages = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IStorageHandler> _handlers = new(StringComparer.Ordinal);

    /// <summary>Knows the given kinds.</summary>
    public StorageTable(IEnumerable<IStorageHandler> handlers)
    {
        foreach (IStorageHandler handler in handlers)
        {
            foreach (string driver in handler.Drivers)
            {
                _handlers.Add(driver, handler);
            }
        }
    }

    /// <summary>The drivers served.</summary>
    public IReadOnlyCollection<string> Drivers => _handlers.Keys;

    /// <summary>Makes storages available, all or none: every request is checked before the first one changes anything.</summary>
    /// <param name="storages">The requests, made in this order.</param>
    /// <param name="containerId">Whose they are; null for the sandbox's.</param>
    /// <param name="undo">Gets a step for each that ends its use. The steps of a call that fails are there too, for the caller to run.</param>
    /// <param name="cancellationToken">Gives up waiting for a device.</param>
    /// <exception cref="KataException">Unsupported: no such driver. InvalidArgument: a request is wrong. Others as the drivers say.</exception>
    public async Task AcquireAllAsync(IReadOnlyList<StorageRequest> storages, string? containerId, RollbackStack undo, CancellationToken cancellationToken)
    {
        foreach ((string key, StorageRequest storage, MakeStorage make) in PlanAll(storages, containerId))
        {
            Entry entry = await AcquireAsync(key, storage, make, cancellationToken).ConfigureAwait(false);
            undo.Push($"release storage {storage.MountPoint}", () => ReleaseAsync(key, entry));
        }
    }

    /// <summary>Checks storages as <see cref="AcquireAllAsync"/> does, and nothing else.</summary>
    /// <exception cref="KataException">As there.</exception>
    public void Validate(IReadOnlyList<StorageRequest> storages, string? containerId) => PlanAll(storages, containerId);

    /// <summary>Runs an action on the storage at a mount point while nobody mounts or releases it.</summary>
    /// <param name="mountPoint">Where it is.</param>
    /// <param name="action">Gets the request it was made from; gives the one that describes it from now on.</param>
    /// <param name="cancellationToken">Gives up waiting for others.</param>
    /// <exception cref="KataException">NotFound: there is no storage.</exception>
    public async Task ChangeAsync(string mountPoint, Func<StorageRequest, StorageRequest> action, CancellationToken cancellationToken)
    {
        string key = GuestPaths.RequireBelowRoot(mountPoint);
        Entry? entry;
        lock (_gate)
        {
            entry = _entries.GetValueOrDefault(key);
        }

        KataException absent = KataException.NotFound($"no storage is mounted at {Printable.Escape(mountPoint, 256)}");
        using IDisposable held = await (entry ?? throw absent).LockAsync(cancellationToken).ConfigureAwait(false);
        entry.Request = action(entry.Mount is null ? throw absent : entry.Request);
    }

    /// <summary>Releases what belongs to the pod. Its containers must be gone.</summary>
    public async ValueTask ReleasePodAsync()
    {
        KeyValuePair<string, Entry>[] kept;
        lock (_gate)
        {
            kept = [.. _entries.Where(pair => pair.Value.IsKept)];
        }

        foreach ((string key, Entry entry) in kept.Reverse())
        {
            entry.IsKept = false;
            await ReleaseAsync(key, entry).ConfigureAwait(false);
        }
    }

    // What the pod's containers share outlives each of them: a container that is started again finds its files. The host says so for storages it marks;
    // memory and local volumes of the pod are known by their place.
    private static bool BelongsToPod(StorageRequest storage) => storage.Shared
        || (storage.Driver is "ephemeral" or "local" && storage.MountPoint.StartsWith(GuestPaths.Sandbox + "/", StringComparison.Ordinal));

    private static void RequireSame(StorageRequest present, StorageRequest wanted)
    {
        if (present.Driver != wanted.Driver || present.Source != wanted.Source || present.Fstype != wanted.Fstype)
        {
            throw new KataException(ErrorCode.AlreadyExists, $"another storage is mounted at {Printable.Escape(wanted.MountPoint, 256)} already");
        }
    }

    private List<(string Key, StorageRequest Storage, MakeStorage Make)> PlanAll(IReadOnlyList<StorageRequest> storages, string? containerId)
    {
        if (storages.Count > MaxStorages)
        {
            throw KataException.Invalid($"the request has {storages.Count} storages; the most is {MaxStorages}");
        }

        var plans = new List<(string, StorageRequest, MakeStorage)>();
        foreach (StorageRequest storage in storages)
        {
            if (!_handlers.TryGetValue(storage.Driver, out IStorageHandler? handler))
            {
                throw KataException.Unsupported(
                    $"storage driver '{Printable.Escape(storage.Driver, 64)}' is not supported in the guest; supported: {string.Join(", ", Drivers)}");
            }

            plans.Add((GuestPaths.RequireBelowRoot(storage.MountPoint), storage, handler.Plan(storage, containerId)));
        }

        return plans;
    }

    private async Task<Entry> AcquireAsync(string key, StorageRequest storage, MakeStorage make, CancellationToken cancellationToken)
    {
        Entry? entry;
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out entry))
            {
                _entries.Add(key, entry = new Entry(storage));
            }

            entry.Users++;
        }

        try
        {
            // One at a time for each place; others may go on meanwhile, as this one may wait for its device.
            using IDisposable held = await entry.LockAsync(cancellationToken).ConfigureAwait(false);
            if (entry.Mount is null)
            {
                entry.Mount = await make(cancellationToken).ConfigureAwait(false);
                entry.Request = storage;
            }

            RequireSame(entry.Request, storage);
            if (!entry.IsKept && BelongsToPod(storage))
            {
                entry.IsKept = true;
                entry.Users++;
            }

            return entry;
        }
        catch
        {
            await ReleaseAsync(key, entry).ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask ReleaseAsync(string key, Entry entry)
    {
        using IDisposable held = await entry.LockAsync(CancellationToken.None).ConfigureAwait(false);
        lock (_gate)
        {
            if (--entry.Users > 0)
            {
                return;
            }
        }

        GuestMount? mount = entry.Mount;
        entry.Mount = null;
        try
        {
            mount?.Dispose();
        }
        finally
        {
            lock (_gate)
            {
                // Somebody may be waiting to make it anew.
                if (entry.Users == 0)
                {
                    _entries.Remove(key);
                }
            }
        }
    }

    private sealed class Entry(StorageRequest request)
    {
        private readonly SemaphoreSlim _turn = new(1, 1);

        public StorageRequest Request { get; set; } = request;

        public GuestMount? Mount { get; set; }

        public int Users { get; set; }

        public bool IsKept { get; set; }

        public async Task<IDisposable> LockAsync(CancellationToken cancellationToken)
        {
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            return new Turn(_turn);
        }

        private sealed class Turn(SemaphoreSlim semaphore) : IDisposable
        {
            public void Dispose() => semaphore.Release();
        }
    }
}
