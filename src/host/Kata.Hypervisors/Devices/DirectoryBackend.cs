namespace Kata.Hypervisors.Devices;

/// <summary>A directory of the host.</summary>
/// <param name="Path">Absolute path, in the mount namespace of the caller.</param>
public sealed record DirectoryBackend(string Path) : DeviceBackend;
