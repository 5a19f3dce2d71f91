namespace Kata.Oci.Runtime;

/// <summary>What happens to a group of system calls.</summary>
public sealed record LinuxSyscall
{
    /// <summary>System calls by name.</summary>
    public IReadOnlyList<string> Names { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Such as <c>SCMP_ACT_ERRNO</c>.</summary>
    public string Action { get; init => field = value ?? ""; } = "";

    /// <summary>The errno for an action that returns one.</summary>
    public uint? ErrnoRet { get; init; }

    /// <summary>Conditions; all must hold.</summary>
    public IReadOnlyList<LinuxSeccompArg> Args { get; init => field = JsonCollections.Checked(value); } = [];
}
