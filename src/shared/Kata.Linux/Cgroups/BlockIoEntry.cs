using Kata.Linux.Paths;

namespace Kata.Linux.Cgroups;

/// <summary>One number about one disk.</summary>
/// <param name="Device">The disk.</param>
/// <param name="Operation">What was counted, in lower case: <c>read</c>, <c>write</c>, <c>sync</c>, <c>async</c>, <c>total</c>; on v2 also <c>rios</c>, <c>dbytes</c> and so on; empty where a file has one number per disk.</param>
/// <param name="Value">The number.</param>
public readonly record struct BlockIoEntry(DeviceNumber Device, string Operation, ulong Value);
