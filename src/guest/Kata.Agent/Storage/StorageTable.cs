using Kata.Primitives;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Storage;

/// <summary>All storages of the sandbox by mount point, counted: the same one asked for twice is mounted once and goes with its last user. Safe for concurrent use.</summary>
internal sealed class StorageTable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = [];
    private readonly Dictionary<string, IStorageHandler> _handlers = [];

    /// <summary>Knows the storages of a plain guest.</summary>
    public StorageTable()
        : this([new FileSystemHandler(), new EphemeralHandler(), new LocalHandler(), new BindHandler(), new OverlayHandler()])
    {
    }

    /// <summary>Knows the given ones.</summary>
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

    /// <summary>Makes a storage available, or counts one more user of it.</summary>
    /// <param name="storage">The request.</param>
    /// <param name="containerId">Whose storage it is; null for the sandbox's.</param>
    /// <returns>Ends the use; may be called repeatedly.</returns>
    /// <exception cref="KataException">Unsupported: no such driver. InvalidArgument: the request is wrong.</exception>
    public Action Acquire(StorageRequest storage, string? containerId)
    {
        if (!_handlers.TryGetValue(storage.Driver, out IStorageHandler? handler))
        {
            throw KataException.Unsupported($"storage driver '{Printable.Escape(storage.Driver, 64)}' is not supported in the guest");
        }

        string key = GuestPaths.RequireBelowRoot(storage.MountPoint);

        // Mounting under the lock: two requests for one mount point must not both mount it. Storages are few and mount quickly.
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out Entry? entry))
            {
                RequireSame(entry.Request, storage);
                entry.Users++;
            }
            else
            {
                entry = new Entry(storage, handler.Mount(storage, containerId));
                _entries.Add(key, entry);
            }

            bool released = false;
            return () =>
            {
                lock (_gate)
                {
                    if (!released)
                    {
                        released = true;
                        Release(key, entry);
                    }
                }
            };
        }
    }

    private static void RequireSame(StorageRequest present, StorageRequest wanted)
    {
        if (present.Driver != wanted.Driver || present.Source != wanted.Source || present.Fstype != wanted.Fstype)
        {
            throw new KataException(ErrorCode.AlreadyExists, $"another storage is mounted at {Printable.Escape(wanted.MountPoint, 256)} already");
        }
    }

    private void Release(string key, Entry entry)
    {
        if (--entry.Users == 0)
        {
            _entries.Remove(key);
            entry.Mount.Dispose();
        }
    }

    private sealed class Entry(StorageRequest request, GuestMount mount)
    {
        public StorageRequest Request { get; } = request;

        public GuestMount Mount { get; } = mount;

        public int Users { get; set; } = 1;
    }
}
