namespace Kata.Linux.Cgroups;

/// <summary>A limit of huge pages.</summary>
/// <param name="PageSize">The size as the kernel writes it: <c>2MB</c>.</param>
/// <param name="Limit">Bytes.</param>
public readonly record struct HugePageLimit(string PageSize, ulong Limit);
