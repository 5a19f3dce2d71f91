namespace Kata.Linux.Cgroups;

/// <summary>What may be done with a device; the values are those of the kernel's device filter.</summary>
[Flags]
public enum DeviceAccess
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Make its file (<c>m</c>).</summary>
    MakeNode = 1,

    /// <summary>Read (<c>r</c>).</summary>
    Read = 2,

    /// <summary>Write (<c>w</c>).</summary>
    Write = 4,

    /// <summary>All of them (<c>rwm</c>).</summary>
    All = MakeNode | Read | Write,
}
