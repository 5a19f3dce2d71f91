using System.Globalization;
using System.Text.RegularExpressions;

namespace Kata.Linux.AbiTests;

/// <summary>
/// Every constant of the library whose comment names its C counterpart is compared with it. To have a constant checked, write <c>= 0x80000; // EFD_CLOEXEC</c>
/// (several names with commas, sums with <c>|</c>, also <c>sizeof(…)</c> and <c>offsetof(…)</c>); for members of enumerations end the summary with
/// <c>(O_APPEND).</c>
/// </summary>
public sealed partial class AnnotatedConstantsTests
{
    // Internal to the kernel: not in the headers for programs. Those of XFS exclude others; FileSystemAbiTests has them.
    private static readonly HashSet<string> NotInHeaders = ["BPF_CGROUP_MAX_PROGS", "MAX_ADDR_LEN", "PID_MAX_LIMIT", "USER_HZ", "XFS_IOC_FSGEOMETRY_V1", "XFS_IOC_FSGROWFSDATA"];

    [Fact]
    public async Task Constants_WithANameInC_HaveItsValue()
    {
        AbiRow[] rows = [.. SourceTree.Files.SelectMany(Constants)];

        Assert.True(rows.Length > 80, $"only {rows.Length} annotated constants were found");
        await CProgram.AssertAsync(rows);
    }

    [Fact]
    public async Task EnumMembers_WithANameInC_HaveItsValue()
    {
        AbiRow[] rows = [.. SourceTree.Files.SelectMany(Members)];

        Assert.True(rows.Length > 30, $"only {rows.Length} annotated members were found");
        await CProgram.AssertAsync(rows);
    }

    private static IEnumerable<AbiRow> Constants(string file) =>
        from Match match in ConstantPattern().Matches(File.ReadAllText(file))
        from name in match.Groups["name"].Value.Contains('(', StringComparison.Ordinal) ? [match.Groups["name"].Value] : match.Groups["name"].Value.Split(", ")
        where !NotInHeaders.Contains(name)
        select new AbiRow(name, Value(match.Groups["value"].Value), $"{Path.GetFileName(file)}: ");

    private static IEnumerable<AbiRow> Members(string file) =>
        from Match match in MemberPattern().Matches(File.ReadAllText(file))
        where !NotInHeaders.Contains(match.Groups["name"].Value)
        select new AbiRow(match.Groups["name"].Value, Value(match.Groups["value"].Value), $"{Path.GetFileName(file)}: ");

    /// <summary>Numbers, <c>a * b</c>, <c>a | b</c> and <c>a &lt;&lt; b</c>.</summary>
    private static long Value(string expression)
    {
        long sum = 0;
        foreach (string term in expression.Split('|'))
        {
            long[] parts = [.. term.Split("<<").Select(Number)];
            sum |= parts.Length == 2 ? parts[0] << (int)parts[1] : parts[0];
        }

        return sum;
    }

    private static long Number(string text)
    {
        string digits = text.Trim().Trim('(', ')').Replace("_", string.Empty, StringComparison.Ordinal).TrimEnd('u', 'U', 'l', 'L');
        return digits switch
        {
            "uint.MaxValue" => uint.MaxValue,
            "ulong.MaxValue" => -1,
            _ when digits.StartsWith("0x", StringComparison.Ordinal) => (long)ulong.Parse(digits.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            _ => digits.Split('*').Aggregate(1L, (product, factor) => product * long.Parse(factor, CultureInfo.InvariantCulture)),
        };
    }

    [GeneratedRegex(
        @"const \w+ \w+ = (?<value>[^;""\n]*);[ ]*// (?<name>__WALL|(?:sizeof|offsetof)\([^)\n]*\)|_*[A-Z][A-Z0-9]*_[A-Za-z0-9_]*(?:(?: \| |, )_*[A-Z][A-Z0-9_]*)*|[A-Z][A-Z0-9]{3,}(?:(?: \| |, )[A-Z][A-Z0-9_]*)*)(?=[;:,.]? |[;:,.]?\n)")]
    private static partial Regex ConstantPattern();

    [GeneratedRegex(@"\((?<name>[A-Z][A-Z0-9]*_[A-Z0-9_]*)\)\.</summary>\s*\n(?:\s*///[^\n]*\n)*\s*\w+ = (?<value>[^,\n(]+),")]
    private static partial Regex MemberPattern();
}
