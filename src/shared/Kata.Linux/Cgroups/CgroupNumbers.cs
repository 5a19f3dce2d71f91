using System.Globalization;
using Kata.Primitives;

namespace Kata.Linux.Cgroups;

/// <summary>Values as cgroup files take them.</summary>
internal static class CgroupNumbers
{
    internal static string Text(ulong value) => value.ToString(CultureInfo.InvariantCulture);

    internal static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A count, where 0 and less are no limit.</summary>
    internal static string OrMax(long value) => value <= 0 ? "max" : Text(value);

    /// <summary>Weight of v2 (1 to 10000) for shares of v1 (2 to 262144).</summary>
    internal static ulong WeightOfShares(ulong shares) => 1 + (((Math.Clamp(shares, 2UL, 262144UL) - 2) * 9999) / 262142);

    /// <summary>Weight of v2 (1 to 10000) for a disk weight of v1 (10 to 1000).</summary>
    internal static ulong WeightOfBlockWeight(ushort weight) => 1 + ((((ulong)Math.Clamp(weight, (ushort)10, (ushort)1000) - 10) * 9999) / 990);

    /// <summary>Returns a list of processors or nodes.</summary>
    /// <exception cref="KataException">InvalidArgument: other characters than digits, commas and dashes.</exception>
    internal static string RequireList(string list) => !list.AsSpan().ContainsAnyExcept("0123456789,-")
        ? list
        : throw KataException.Invalid($"'{Printable.Escape(list, 64)}' is no list of processors or memory nodes such as 0-3,8");

    /// <summary>Returns the name of a huge page size.</summary>
    /// <exception cref="KataException">InvalidArgument: not digits and a unit.</exception>
    internal static string RequirePageSize(string size)
    {
        ReadOnlySpan<char> digits = size.AsSpan().TrimEnd("KMGB");
        bool valid = size.Length is > 2 and < 16 && digits.Length > 0 && !digits.ContainsAnyExceptInRange('0', '9') && size[digits.Length..] is "KB" or "MB" or "GB";
        return valid ? size : throw KataException.Invalid($"'{Printable.Escape(size, 32)}' is no huge page size such as 2MB");
    }

    /// <summary>Checks that a limit holds. Clients name every size that the host has; of one that this kernel has not, nobody gets a page.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="written">Whether the kernel has a file for its size.</param>
    /// <exception cref="KataException">Unsupported: pages of a size that does not exist are wanted.</exception>
    internal static void RequireHeld(HugePageLimit limit, bool written)
    {
        if (!written && limit.Limit > 0)
        {
            throw KataException.Unsupported($"this kernel has no huge pages of {limit.PageSize}");
        }
    }
}
