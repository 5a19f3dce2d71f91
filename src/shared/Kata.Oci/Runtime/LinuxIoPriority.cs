namespace Kata.Oci.Runtime;

/// <summary>I/O priority of a process.</summary>
public sealed record LinuxIoPriority
{
    /// <summary><c>IOPRIO_CLASS_RT</c>, <c>IOPRIO_CLASS_BE</c> or <c>IOPRIO_CLASS_IDLE</c>.</summary>
    public string Class { get; init => field = value ?? ""; } = "";

    /// <summary>0, the highest, to 7.</summary>
    public int Priority { get; init; }
}
