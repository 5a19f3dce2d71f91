namespace Kata.Linux.Security;

/// <summary>An ABI of system calls. The numbers are ours.</summary>
public enum SeccompArchitecture
{
    /// <summary>x86-64 (SCMP_ARCH_X86_64).</summary>
    X64,

    /// <summary>32-bit x86 (SCMP_ARCH_X86).</summary>
    X86,

    /// <summary>x86-64 with 32-bit pointers (SCMP_ARCH_X32).</summary>
    X32,

    /// <summary>64-bit arm (SCMP_ARCH_AARCH64).</summary>
    Arm64,

    /// <summary>32-bit arm (SCMP_ARCH_ARM).</summary>
    Arm,
}
