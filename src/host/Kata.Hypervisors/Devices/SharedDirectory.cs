namespace Kata.Hypervisors.Devices;

/// <summary>A host directory the guest can mount. Its backend is a <see cref="DirectoryBackend"/>.</summary>
/// <param name="Id">See <see cref="VmDevice"/>.</param>
/// <param name="Tag">The name the guest mounts it by; at most 31 characters for 9p and 35 for virtio-fs.</param>
/// <param name="Kind">The file system protocol.</param>
public sealed record SharedDirectory(string Id, string Tag, SharedDirectoryKind Kind) : VmDevice(Id);
