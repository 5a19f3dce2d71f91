using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Kata.Linux.Security;
using Kata.Linux.Security.Seccomp;

namespace Kata.Linux.AbiTests;

/// <summary>The tables of system calls against the kernel's headers, as far as these go: the tables may know newer calls.</summary>
public sealed partial class SystemCallAbiTests
{
    // The generic table is arm64's, with what its own header asks for.
    private static readonly string[] Arm64Headers =
    [
        "#<bits/wordsize.h>\n#undef __BITS_PER_LONG\n#define __BITS_PER_LONG 64\n#define __ARCH_WANT_RENAMEAT\n#define __ARCH_WANT_NEW_STAT\n"
            + "#define __ARCH_WANT_SET_GET_RLIMIT\n#define __ARCH_WANT_TIME32_SYSCALLS\n#define __ARCH_WANT_SYS_CLONE3\n#define __ARCH_WANT_MEMFD_SECRET\n"
            + "#include <asm-generic/unistd.h>",
    ];

    [Theory]
    [InlineData(SeccompArchitecture.X64, "asm/unistd_64.h", 340)]
    [InlineData(SeccompArchitecture.X86, "asm/unistd_32.h", 420)]
    [InlineData(SeccompArchitecture.X32, "asm/unistd_x32.h", 340)]
    [InlineData(SeccompArchitecture.Arm64, "", 300)]
    internal async Task Table_NamesOfTheHeader_HaveItsNumbers(SeccompArchitecture architecture, string header, int atLeast)
    {
        string[] headers = header.Length > 0 ? [$"#<stddef.h>\n#define __X32_SYSCALL_BIT 0x40000000\n#include <{header}>"] : Arm64Headers;
        (string Name, uint Number)[] table = [.. Entries(architecture)];
        long[] theirs = await CProgram.EvaluateAsync(
            headers, [.. table.Select(entry => $"\n#ifdef __NR_{entry.Name}\n__NR_{entry.Name}\n#else\n-1\n#endif\n")]);

        (string Name, uint Number)[] wrong = [.. table.Zip(theirs).Where(pair => pair.Second >= 0 && pair.Second != pair.First.Number).Select(pair => pair.First)];
        Assert.Empty(wrong);
        Assert.True(theirs.Count(number => number >= 0) >= atLeast, "hardly any name is in the header");
    }

    [Fact]
    public void Numbers_OfOurOwnCalls_AreThoseOfTheTables()
    {
        string source = File.ReadAllText(Path.Combine(SourceTree.Library, "SystemCallNumbers.cs"));
        MatchCollection lines = LinePattern().Matches(source);

        Assert.Equal(source.Split("internal static long").Length - 1, lines.Count);
        foreach (Match line in lines)
        {
            string name = line.Groups["name"].Value;
            string common = line.Groups["common"].Value;
            Assert.Equal(common + line.Groups["x64"].Value, Text(SystemCallTable.NumberOf(SeccompArchitecture.X64, name)));
            Assert.Equal(common + line.Groups["arm64"].Value, Text(SystemCallTable.NumberOf(SeccompArchitecture.Arm64, name)));
        }
    }

    [Fact]
    public void NumberOf_PartOfAName_IsUnknown()
    {
        Assert.Null(SystemCallTable.NumberOf(SeccompArchitecture.X64, "ead"));
        Assert.Null(SystemCallTable.NumberOf(SeccompArchitecture.X64, string.Empty));
        Assert.Null(SystemCallTable.NumberOf(SeccompArchitecture.X64, "read=0 write"));
        Assert.Null(SystemCallTable.NumberOf(SeccompArchitecture.X64, new string('ä', 64)));
    }

    private static string? Text(uint? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static IEnumerable<(string Name, uint Number)> Entries(SeccompArchitecture architecture) =>
        from entry in Encoding.ASCII.GetString(SystemCallTable.EntriesOf(architecture)).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)
        let name = entry.Split('=')[0]
        select (name, SystemCallTable.NumberOf(architecture, name)!.Value);

    [GeneratedRegex(@"internal static long \w+ => (?:Arm64 \? (?<arm64>\d+) : (?<x64>\d+)|(?<common>\d+)); // (?<name>\w+)")]
    private static partial Regex LinePattern();
}
