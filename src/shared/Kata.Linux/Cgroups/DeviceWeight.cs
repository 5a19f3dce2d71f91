using Kata.Linux.Paths;

namespace Kata.Linux.Cgroups;

/// <summary>Weights for one disk.</summary>
/// <param name="Device">The disk.</param>
/// <param name="Weight">10 to 1000, or null.</param>
/// <param name="LeafWeight">10 to 1000, or null (v1).</param>
public readonly record struct DeviceWeight(DeviceNumber Device, ushort? Weight, ushort? LeafWeight = null);
