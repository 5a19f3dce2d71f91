namespace Kata.Oci.Runtime;

/// <summary>A condition on one argument of a system call.</summary>
public sealed record LinuxSeccompArg
{
    /// <summary>Which argument, from 0 to 5.</summary>
    public uint Index { get; init; }

    /// <summary>Compared with; the mask of a masked comparison.</summary>
    public ulong Value { get; init; }

    /// <summary>Second operand of a masked comparison.</summary>
    public ulong ValueTwo { get; init; }

    /// <summary>Such as <c>SCMP_CMP_EQ</c>.</summary>
    public string Op { get; init => field = value ?? ""; } = "";
}
