using System.Runtime.InteropServices;
using Kata.Linux.Security;

namespace Kata.Linux.Hosts;

/// <summary>How many descriptors this process may have.</summary>
public static unsafe partial class OwnDescriptors
{
    /// <summary>What the kernel allows any process without a setting of its own (the default of fs.nr_open).</summary>
    public const ulong Most = 1024 * 1024;

    private static ulong? _before;

    /// <summary>The number that this process, and those that it makes, can raise their limit to.</summary>
    public static ulong HardLimit => Current.Hard;

    /// <summary>
    /// The limit in force before this process raised it: what programs of others are to be started with, as many of them walk through all numbers below it or
    /// use <c>select</c>, which ends at 1,024.
    /// </summary>
    public static ulong SoftLimitBefore => _before ?? Current.Soft;

    private static Limit Current
    {
        get
        {
            Limit now;
            return Native(null, &now) == 0 ? now : throw LinuxException.FromLastError("prlimit", "RLIMIT_NOFILE");
        }
    }

    /// <summary>Raises the limit in force to the hard limit. Processes made later inherit it.</summary>
    public static void RaiseToHardLimit() => Set(HardLimit);

    /// <summary>
    /// Raises both limits to <see cref="Most"/>, or without CAP_SYS_RESOURCE the one in force to the hard limit. The kernel gives a machine's first process 1,024,
    /// enough for some hundred containers. Processes made later inherit it.
    /// </summary>
    public static void RaiseToMost()
    {
        ulong hard = HardLimit;
        if (hard >= Most || !TrySet(Most))
        {
            Set(hard);
        }
    }

    private static void Set(ulong number)
    {
        if (!TrySet(number))
        {
            throw LinuxException.FromLastError("prlimit", $"RLIMIT_NOFILE {number}");
        }
    }

    private static bool TrySet(ulong number)
    {
        _before ??= Current.Soft;
        var limit = new Limit { Soft = number, Hard = number };
        return Native(&limit, null) == 0;
    }

    private static nint Native(Limit* next, Limit* now) => NativeLimit((nint)SystemCallNumbers.PrLimit, 0, (nint)ResourceLimit.OpenFiles, next, now);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint NativeLimit(nint number, nint process, nint resource, Limit* next, Limit* now);

    private struct Limit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
