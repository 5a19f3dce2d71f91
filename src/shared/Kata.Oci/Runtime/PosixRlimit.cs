namespace Kata.Oci.Runtime;

/// <summary>One resource limit.</summary>
public sealed record PosixRlimit
{
    /// <summary>Name such as <c>RLIMIT_NOFILE</c>.</summary>
    public string Type { get; init => field = value ?? ""; } = "";

    /// <summary>Ceiling of the limit; the largest value means none.</summary>
    public ulong Hard { get; init; }

    /// <summary>The limit in force; the largest value means none.</summary>
    public ulong Soft { get; init; }
}
