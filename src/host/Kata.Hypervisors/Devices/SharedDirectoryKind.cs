namespace Kata.Hypervisors.Devices;

/// <summary>How a directory is shared.</summary>
public enum SharedDirectoryKind
{
    /// <summary>virtio-fs, served by a virtiofsd process; all of the guest's memory is shared with it.</summary>
    VirtioFs,

    /// <summary>9p over virtio, served by the VMM itself.</summary>
    Virtio9p,
}
