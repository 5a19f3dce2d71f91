namespace Kata.Oci.Runtime;

/// <summary>Who a process runs as, by number.</summary>
public sealed record User
{
    /// <summary>User id in the container.</summary>
    public uint Uid { get; init; }

    /// <summary>Group id in the container.</summary>
    public uint Gid { get; init; }

    /// <summary>File mode creation mask.</summary>
    public uint? Umask { get; init; }

    /// <summary>Supplementary groups.</summary>
    public IReadOnlyList<uint> AdditionalGids { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Informative on Linux.</summary>
    public string? Username { get; init; }
}
