namespace Kata.Linux.Cgroups;

/// <summary>Use of one kind of memory, in bytes.</summary>
/// <param name="Usage">Now.</param>
/// <param name="Peak">At most so far; 0 where the kernel does not tell.</param>
/// <param name="Failures">How often the limit was hit.</param>
/// <param name="Limit">The limit; the largest number for none.</param>
public readonly record struct MemoryUsage(ulong Usage, ulong Peak, ulong Failures, ulong Limit);
