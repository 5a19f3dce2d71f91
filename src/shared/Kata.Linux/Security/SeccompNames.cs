using Kata.Primitives;

namespace Kata.Linux.Security;

/// <summary>The words of OCI configurations for the parts of a filter.</summary>
public static class SeccompNames
{
    /// <summary>Reads an action such as <c>SCMP_ACT_ERRNO</c>.</summary>
    /// <param name="name">The name.</param>
    /// <param name="errno">The errno of the actions that have one; null for EPERM.</param>
    /// <exception cref="KataException">InvalidArgument: there is no such action. Unsupported: notification of a supervisor.</exception>
    public static SeccompAction ParseAction(string name, uint? errno = null) => name switch
    {
        "SCMP_ACT_KILL" or "SCMP_ACT_KILL_THREAD" => SeccompAction.KillThread,
        "SCMP_ACT_KILL_PROCESS" => SeccompAction.KillProcess,
        "SCMP_ACT_TRAP" => SeccompAction.Trap,
        "SCMP_ACT_ERRNO" => SeccompAction.Fail(errno ?? (uint)Errno.EPERM),
        "SCMP_ACT_TRACE" => SeccompAction.Trace(errno ?? (uint)Errno.EPERM),
        "SCMP_ACT_LOG" => SeccompAction.Log,
        "SCMP_ACT_ALLOW" => SeccompAction.Allow,
        "SCMP_ACT_NOTIFY" => throw KataException.Unsupported("the seccomp action SCMP_ACT_NOTIFY needs a supervisor on the host, which cannot reach into the guest"),
        _ => throw Unknown("action", name),
    };

    /// <summary>Reads an ABI such as <c>SCMP_ARCH_X86_64</c>.</summary>
    /// <param name="name">The name.</param>
    /// <returns>Null for ABIs of machines that we do not run on: their calls cannot occur.</returns>
    /// <exception cref="KataException">InvalidArgument: there is no such ABI.</exception>
    public static SeccompArchitecture? ParseArchitecture(string name) => name switch
    {
        "SCMP_ARCH_X86_64" => SeccompArchitecture.X64,
        "SCMP_ARCH_X86" => SeccompArchitecture.X86,
        "SCMP_ARCH_X32" => SeccompArchitecture.X32,
        "SCMP_ARCH_AARCH64" => SeccompArchitecture.Arm64,
        "SCMP_ARCH_ARM" => SeccompArchitecture.Arm,
        "SCMP_ARCH_MIPS" or "SCMP_ARCH_MIPS64" or "SCMP_ARCH_MIPS64N32" or "SCMP_ARCH_MIPSEL" or "SCMP_ARCH_MIPSEL64" or "SCMP_ARCH_MIPSEL64N32"
            or "SCMP_ARCH_PPC" or "SCMP_ARCH_PPC64" or "SCMP_ARCH_PPC64LE" or "SCMP_ARCH_S390" or "SCMP_ARCH_S390X" or "SCMP_ARCH_PARISC"
            or "SCMP_ARCH_PARISC64" or "SCMP_ARCH_RISCV64" or "SCMP_ARCH_LOONGARCH64" or "SCMP_ARCH_M68K" or "SCMP_ARCH_SH" or "SCMP_ARCH_SHEB" => null,
        _ => throw Unknown("architecture", name),
    };

    /// <summary>Reads a comparison such as <c>SCMP_CMP_EQ</c>.</summary>
    /// <exception cref="KataException">InvalidArgument: there is no such comparison.</exception>
    public static SeccompComparison ParseComparison(string name) => name switch
    {
        "SCMP_CMP_NE" => SeccompComparison.NotEqual,
        "SCMP_CMP_LT" => SeccompComparison.Less,
        "SCMP_CMP_LE" => SeccompComparison.LessOrEqual,
        "SCMP_CMP_EQ" => SeccompComparison.Equal,
        "SCMP_CMP_GE" => SeccompComparison.GreaterOrEqual,
        "SCMP_CMP_GT" => SeccompComparison.Greater,
        "SCMP_CMP_MASKED_EQ" => SeccompComparison.MaskedEqual,
        _ => throw Unknown("comparison", name),
    };

    /// <summary>Reads a flag such as <c>SECCOMP_FILTER_FLAG_LOG</c>.</summary>
    /// <exception cref="KataException">InvalidArgument: there is no such flag. Unsupported: a flag for supervisors.</exception>
    public static SeccompFlags ParseFlag(string name) => name switch
    {
        "SECCOMP_FILTER_FLAG_TSYNC" => SeccompFlags.Synchronize,
        "SECCOMP_FILTER_FLAG_LOG" => SeccompFlags.Log,
        "SECCOMP_FILTER_FLAG_SPEC_ALLOW" => SeccompFlags.AllowSpeculation,
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" => throw KataException.Unsupported($"the seccomp flag {name} is for supervisors, which cannot reach into the guest"),
        _ => throw Unknown("flag", name),
    };

    /// <summary>
    /// Makes a condition from the four parts of an OCI argument rule, in which a masked comparison has the mask first and the value second.
    /// </summary>
    /// <param name="index">Which argument.</param>
    /// <param name="value">The value, or the mask.</param>
    /// <param name="valueTwo">The value of a masked comparison.</param>
    /// <param name="comparison">A name such as <c>SCMP_CMP_EQ</c>.</param>
    /// <exception cref="KataException">InvalidArgument: there is no such comparison or argument.</exception>
    public static SeccompCondition ParseCondition(uint index, ulong value, ulong valueTwo, string comparison)
    {
        if (index > 5)
        {
            throw KataException.Invalid($"a seccomp rule compares argument {index}; system calls have arguments 0 to 5");
        }

        SeccompComparison kind = ParseComparison(comparison);
        return kind == SeccompComparison.MaskedEqual ? new SeccompCondition(index, kind, valueTwo, value) : new SeccompCondition(index, kind, value);
    }

    private static KataException Unknown(string what, string name) =>
        KataException.Invalid($"unknown seccomp {what} '{Printable.Escape(name, maxLength: 64)}'");
}
