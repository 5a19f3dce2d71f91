namespace Kata.Configuration;

/// <summary>Kernel and root file system of the guest. Exactly one of <see cref="Initrd"/> and <see cref="Image"/> is set.</summary>
public sealed record GuestAssets
{
    /// <summary>The kernel's path.</summary>
    public required string Kernel { get; init; }

    /// <summary>The initrd's path.</summary>
    public required string? Initrd { get; init; }

    /// <summary>The disk image's path.</summary>
    public required string? Image { get; init; }

    /// <summary>File system in the image.</summary>
    public required string RootfsType { get; init; }

    /// <summary>The firmware's path.</summary>
    public required string? Firmware { get; init; }

    /// <summary>Words for the end of the kernel command line.</summary>
    public required string KernelParameters { get; init; }

    /// <summary>Expected SHA-512 of the files, in lower-case hex, by key (<c>kernel</c>, <c>initrd</c>, <c>image</c>, <c>firmware</c>, <c>path</c>); only from annotations.</summary>
    public required IReadOnlyDictionary<string, string> Hashes { get; init; }
}
