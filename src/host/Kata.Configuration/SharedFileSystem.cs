namespace Kata.Configuration;

/// <summary>How files of the host reach the guest.</summary>
public enum SharedFileSystem
{
    /// <summary>virtio-fs, served by virtiofsd.</summary>
    VirtioFs,

    /// <summary>9p, served by QEMU itself.</summary>
    Virtio9p,

    /// <summary>Not at all.</summary>
    None,
}
