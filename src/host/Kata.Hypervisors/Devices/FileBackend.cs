namespace Kata.Hypervisors.Devices;

/// <summary>A file or block device of the host.</summary>
/// <param name="Path">Absolute path, in the mount namespace of the caller; opened by the caller's rights, not the VMM's.</param>
public sealed record FileBackend(string Path) : DeviceBackend;
