using Kata.Primitives;
using StorageRequest = Kata.Protocols.Agent.Storage;

namespace Kata.Agent.Storage;

/// <summary>Serves volumes in the guest's memory: emptyDir volumes and the sandbox's /dev/shm as a tmpfs, huge pages as a hugetlbfs.</summary>
internal sealed class EphemeralHandler(HugePagePool pool) : IStorageHandler
{
    /// <inheritdoc/>
    public IReadOnlyList<string> Drivers { get; } = ["ephemeral"];

    /// <inheritdoc/>
    public MakeStorage Plan(StorageRequest storage, string? containerId)
    {
        switch (storage.Fstype)
        {
            case "tmpfs" or "":
                FileSystemPlan memory = FileSystemPlan.From(storage, "tmpfs", new StorageOptions(storage.Options));
                string source = storage.Source.Length > 0 ? storage.Source : "tmpfs";
                return _ => ValueTask.FromResult(memory.Mount(source));
            case "hugetlbfs":
                return PlanHugePages(storage);
            default:
                throw KataException.Unsupported($"ephemeral storage of type '{Printable.Escape(storage.Fstype, 32)}' is not supported in the guest: use tmpfs or hugetlbfs");
        }
    }

    private MakeStorage PlanHugePages(StorageRequest storage)
    {
        // The runtime sends the host's mount options as one word.
        var words = new StorageOptions([.. storage.Options.SelectMany(word => word.Split(','))]);
        long pageSize = HugePageSize.Parse(words.Take("pagesize") ?? throw KataException.Invalid("hugetlbfs storage: the option pagesize is missing"), "pagesize");
        long size = HugePageSize.Parse(words.Take("size") ?? throw KataException.Invalid("hugetlbfs storage: the option size is missing"), "size");
        pool.Require(pageSize, size);
        FileSystemPlan plan = FileSystemPlan.From(storage, "hugetlbfs", words);
        string data = string.Join(',', plan.Options.Data.Append($"pagesize={pageSize}").Append($"size={size}"));
        return _ => ValueTask.FromResult(GuestMount.Make(storage.MountPoint, mount =>
        {
            pool.Grow(pageSize, size);
            mount.Own(() => pool.Shrink(pageSize, size));
            plan.MountInto(mount, storage.Source.Length > 0 ? storage.Source : "nodev", data);
        }));
    }
}
