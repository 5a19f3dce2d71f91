namespace Kata.Configuration;

/// <summary>Files shared with the guest.</summary>
public sealed record SharedFilesConfiguration
{
    /// <summary>The way they take.</summary>
    public required SharedFileSystem Kind { get; init; }

    /// <summary>The virtiofsd binary.</summary>
    public required string VirtioFsDaemon { get; init; }

    /// <summary>More arguments for virtiofsd.</summary>
    public required IReadOnlyList<string> VirtioFsExtraArguments { get; init; }

    /// <summary>Caching in the guest.</summary>
    public required VirtioFsCache VirtioFsCache { get; init; }

    /// <summary>Length of the virtio-fs request queue.</summary>
    public required int VirtioFsQueueSize { get; init; }

    /// <summary>Bytes in a 9p message.</summary>
    public required int Msize9p { get; init; }
}
