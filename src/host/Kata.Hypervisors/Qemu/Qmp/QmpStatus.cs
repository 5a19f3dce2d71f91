namespace Kata.Hypervisors.Qemu.Qmp;

/// <summary>Result of <c>query-status</c>.</summary>
internal sealed record QmpStatus
{
    /// <summary>QEMU's name for the state: <c>running</c>, <c>prelaunch</c>, <c>paused</c>, <c>guest-panicked</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Whether the guest's processors run.</summary>
    public required bool Running { get; init; }
}
