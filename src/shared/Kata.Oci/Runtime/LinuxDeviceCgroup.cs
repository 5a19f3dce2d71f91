namespace Kata.Oci.Runtime;

/// <summary>One rule of device access.</summary>
public sealed record LinuxDeviceCgroup
{
    /// <summary>True to allow, false to deny.</summary>
    public bool Allow { get; init; }

    /// <summary><c>a</c>, <c>b</c> or <c>c</c>; null means all.</summary>
    public string? Type { get; init; }

    /// <summary>Major number; null means all.</summary>
    public long? Major { get; init; }

    /// <summary>Minor number; null means all.</summary>
    public long? Minor { get; init; }

    /// <summary>Letters of <c>rwm</c>.</summary>
    public string? Access { get; init; }
}
