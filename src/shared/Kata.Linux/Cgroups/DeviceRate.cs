using Kata.Linux.Paths;

namespace Kata.Linux.Cgroups;

/// <summary>A limit of one disk's traffic.</summary>
/// <param name="Device">The disk.</param>
/// <param name="Rate">Bytes or operations per second; 0 is no limit.</param>
public readonly record struct DeviceRate(DeviceNumber Device, ulong Rate);
