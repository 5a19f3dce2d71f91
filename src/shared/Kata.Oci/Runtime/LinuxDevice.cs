namespace Kata.Oci.Runtime;

/// <summary>A device node to make in a container.</summary>
public sealed record LinuxDevice
{
    /// <summary>Absolute path in the container.</summary>
    public string Path { get; init => field = value ?? ""; } = "";

    /// <summary><c>b</c>, <c>c</c>, <c>u</c> or <c>p</c>.</summary>
    public string Type { get; init => field = value ?? ""; } = "";

    /// <summary>Major number.</summary>
    public long Major { get; init; }

    /// <summary>Minor number.</summary>
    public long Minor { get; init; }

    /// <summary>Permission bits.</summary>
    public uint? FileMode { get; init; }

    /// <summary>Owner.</summary>
    public uint? Uid { get; init; }

    /// <summary>Group.</summary>
    public uint? Gid { get; init; }
}
