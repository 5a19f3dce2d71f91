namespace Kata.Hypervisors.Devices;

/// <summary>A network interface. Its backend is a <see cref="TapBackend"/>.</summary>
/// <param name="Id">See <see cref="VmDevice"/>.</param>
/// <param name="MacAddress">Six hexadecimal bytes joined by colons.</param>
public sealed record NetworkDevice(string Id, string MacAddress) : VmDevice(Id);
