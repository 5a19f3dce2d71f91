namespace Kata.Linux.Cgroups;

/// <summary>Disk traffic, child groups included.</summary>
public sealed record BlockIoStats
{
    /// <summary>Bytes moved.</summary>
    public IReadOnlyList<BlockIoEntry> ServiceBytes { get; init; } = [];

    /// <summary>Requests done.</summary>
    public IReadOnlyList<BlockIoEntry> Serviced { get; init; } = [];

    /// <summary>Requests waiting.</summary>
    public IReadOnlyList<BlockIoEntry> Queued { get; init; } = [];

    /// <summary>Time from start to end of requests, in nanoseconds.</summary>
    public IReadOnlyList<BlockIoEntry> ServiceTime { get; init; } = [];

    /// <summary>Time requests waited, in nanoseconds.</summary>
    public IReadOnlyList<BlockIoEntry> WaitTime { get; init; } = [];

    /// <summary>Requests merged into others.</summary>
    public IReadOnlyList<BlockIoEntry> Merged { get; init; } = [];

    /// <summary>Time the disks were given, in milliseconds.</summary>
    public IReadOnlyList<BlockIoEntry> Time { get; init; } = [];

    /// <summary>Sectors moved.</summary>
    public IReadOnlyList<BlockIoEntry> Sectors { get; init; } = [];
}
