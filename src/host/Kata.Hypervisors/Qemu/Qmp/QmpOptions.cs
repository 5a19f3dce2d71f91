namespace Kata.Hypervisors.Qemu.Qmp;

/// <summary>Limits of a QMP connection.</summary>
internal sealed record QmpOptions
{
    /// <summary>The longest line accepted, in bytes. The longest honest reply, the schema, is about 300 KiB.</summary>
    public int MaxLineLength { get; init; } = 1024 * 1024;

    /// <summary>The clock of the timeouts.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
