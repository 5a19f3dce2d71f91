namespace Kata.Linux.Mounts;

/// <summary>What a list of mount option words asks for.</summary>
public sealed record MountOptions
{
    /// <summary>Flags to set. Later words win over earlier ones.</summary>
    public MountFlags Flags { get; init; }

    /// <summary>Flags that words such as <c>rw</c> or <c>exec</c> explicitly clear; matters when an existing mount is changed.</summary>
    public MountFlags ClearedFlags { get; init; }

    /// <summary>Propagation types, in the order of the words; each goes into a call of its own after the mount is made.</summary>
    public IReadOnlyList<MountFlags> Propagation { get; init; } = [];

    /// <summary>Attributes that the recursive words (<c>rro</c>, <c>rnosuid</c>) set on the mount and all below it.</summary>
    public MountAttributes RecursiveSet { get; init; }

    /// <summary>Attributes that the recursive words (<c>rrw</c>, <c>rsuid</c>) clear on the mount and all below it.</summary>
    public MountAttributes RecursiveClear { get; init; }

    /// <summary>Words for the file system itself, in order.</summary>
    public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>Whether a tmpfs is to begin with the files of the directory it covers (<c>tmpcopyup</c>).</summary>
    public bool CopyUp { get; init; }

    /// <summary>Whether owners are to be mapped (<c>idmap</c>, <c>ridmap</c>).</summary>
    public bool IdMapped { get; init; }

    /// <summary>Whether the mapping includes the mounts below (<c>ridmap</c>).</summary>
    public bool IdMappedRecursive { get; init; }

    /// <summary>Whether this is a bind mount.</summary>
    public bool IsBind => (Flags & MountFlags.Bind) != 0;

    /// <summary>The words for the file system as mount(2) takes them; null when there are none.</summary>
    public string? DataText => Data.Count == 0 ? null : string.Join(',', Data);

    /// <summary>Whether words ask for changes on the mount and all below it.</summary>
    public bool HasRecursiveAttributes => (RecursiveSet | RecursiveClear) != 0;
}
