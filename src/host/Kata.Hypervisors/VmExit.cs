using Kata.Linux.Processes;

namespace Kata.Hypervisors;

/// <summary>How a machine ended.</summary>
public sealed record VmExit
{
    /// <summary>The wait status of the VMM process.</summary>
    public required ExitStatus Status { get; init; }

    /// <summary>The end of what the VMM wrote to stderr, escaped, at most a few KiB.</summary>
    public required string Stderr { get; init; }

    /// <summary>Why it ended, in words: "qemu was killed by signal 9", "virtiofsd exited with status 1", "the guest reset itself".</summary>
    public required string Reason { get; init; }

    /// <summary>Whether the end was asked for through <see cref="IVirtualMachine.StopAsync"/> or by disposing the machine.</summary>
    public required bool Requested { get; init; }
}
