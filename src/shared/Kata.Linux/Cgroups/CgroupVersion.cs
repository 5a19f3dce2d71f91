namespace Kata.Linux.Cgroups;

/// <summary>The two interfaces that the kernel has for cgroups.</summary>
public enum CgroupVersion
{
    /// <summary>One hierarchy per controller.</summary>
    V1 = 1,

    /// <summary>One hierarchy for all.</summary>
    V2 = 2,
}
