namespace Kata.Configuration;

/// <summary>How long the guest caches what virtiofsd told it.</summary>
public enum VirtioFsCache
{
    /// <summary>A short time, and while files are open.</summary>
    Auto,

    /// <summary>For as long as it likes: nobody else changes the files.</summary>
    Always,

    /// <summary>Not at all.</summary>
    Never,

    /// <summary>Only metadata; not known to the C implementation.</summary>
    Metadata,
}
