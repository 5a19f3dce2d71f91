namespace Kata.Linux.Security;

/// <summary>How a filter is loaded, seccomp(2).</summary>
[Flags]
public enum SeccompFlags
{
    /// <summary>Nothing special.</summary>
    None = 0,

    /// <summary>For all threads of the process (SECCOMP_FILTER_FLAG_TSYNC).</summary>
    Synchronize = 1,

    /// <summary>Log everything but allowed calls (SECCOMP_FILTER_FLAG_LOG).</summary>
    Log = 2,

    /// <summary>Do not switch on the mitigation of speculative store bypass (SECCOMP_FILTER_FLAG_SPEC_ALLOW).</summary>
    AllowSpeculation = 4,
}
