namespace Kata.Oci.Runtime;

/// <summary>Limit for one size of huge pages.</summary>
public sealed record LinuxHugepageLimit
{
    /// <summary>Size such as <c>2MB</c>.</summary>
    public string PageSize { get; init => field = value ?? ""; } = "";

    /// <summary>Bytes.</summary>
    public ulong Limit { get; init; }
}
