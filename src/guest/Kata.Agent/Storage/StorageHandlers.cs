using Kata.Agent.Devices;
using Kata.Agent.Storage.Watching;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Storage;

/// <summary>The kinds of storage of a plain guest.</summary>
internal static class StorageHandlers
{
    private static readonly TimeSpan WatchPeriod = TimeSpan.FromSeconds(2);

    /// <summary>The names of all drivers, as the host asks for them.</summary>
    public static IReadOnlyList<string> Drivers { get; } =
        ["virtio-fs", "9p", "blk", "mmioblk", "scsi", "nvdimm", "ephemeral", "local", "bind", "overlayfs", "watchable-bind"];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<IStorageHandler> Create(GuestDevices devices, ILogger logger) =>
    [
        new SharedFileSystemHandler(devices),
        new BlockHandler(devices),
        new EphemeralHandler(new HugePagePool()),
        new LocalHandler(),
        new BindHandler(),
        new OverlayHandler(),
        new WatchableHandler(WatchPeriod, WatchLimits.Default, TimeProvider.System, logger),
    ];
}
