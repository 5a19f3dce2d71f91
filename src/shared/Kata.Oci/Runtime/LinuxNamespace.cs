namespace Kata.Oci.Runtime;

/// <summary>A namespace to create, or to join.</summary>
public sealed record LinuxNamespace
{
    /// <summary><c>pid</c>, <c>network</c>, <c>mount</c>, <c>ipc</c>, <c>uts</c>, <c>user</c>, <c>cgroup</c> or <c>time</c>.</summary>
    public string Type { get; init => field = value ?? ""; } = "";

    /// <summary>File of a namespace to join; null or empty creates one.</summary>
    public string? Path { get; init; }
}
