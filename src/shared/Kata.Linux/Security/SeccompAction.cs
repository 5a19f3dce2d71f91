namespace Kata.Linux.Security;

/// <summary>What happens to a system call.</summary>
/// <param name="Code">The value that the filter returns to the kernel.</param>
public readonly record struct SeccompAction(uint Code)
{
    /// <summary>The thread ends with SIGSYS.</summary>
    public static SeccompAction KillThread => new(0);

    /// <summary>The process ends with SIGSYS.</summary>
    public static SeccompAction KillProcess => new(0x8000_0000);

    /// <summary>The thread gets SIGSYS, which it may handle.</summary>
    public static SeccompAction Trap => new(0x0003_0000);

    /// <summary>The call is made, and logged.</summary>
    public static SeccompAction Log => new(0x7ffc_0000);

    /// <summary>The call is made.</summary>
    public static SeccompAction Allow => new(0x7fff_0000);

    /// <summary>The call is not made and fails.</summary>
    /// <param name="errno">0 to 4095.</param>
    public static SeccompAction Fail(uint errno) => new(0x0005_0000 | Math.Min(errno, 4095));

    /// <summary>A tracer decides; without one the call fails with ENOSYS.</summary>
    /// <param name="data">What the tracer is told; 16 bits.</param>
    public static SeccompAction Trace(uint data) => new(0x7ff0_0000 | (data & 0xffff));
}
