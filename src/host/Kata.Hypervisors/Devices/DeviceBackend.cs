namespace Kata.Hypervisors.Devices;

/// <summary>What serves a <see cref="VmDevice"/> on the host.</summary>
public abstract record DeviceBackend;
