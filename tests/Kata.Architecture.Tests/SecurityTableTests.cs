namespace Kata.Architecture.Tests;

/// <summary>docs/reference/security-tests.md: every known mistake has a test that exists, or says which part of ours is still to come.</summary>
public sealed class SecurityTableTests
{
    private const string Page = "docs/reference/security-tests.md";

    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, Page));

    [Fact]
    public void Tests_Named_Exist() => Repository.AssertNone(NamedTests.Missing(Text), $"{Page} names a test that does not exist:");

    [Fact]
    public void Row_WithoutATest_SaysWhatIsToCome() =>
        Repository.AssertNone(
            Rows().Where(row => !NamedTests.In(row).Any() && !row.Contains("when that part comes", StringComparison.Ordinal)),
            "a row names the tests that show it, or says that its part is to come:");

    [Fact]
    public void Rows_Ids_AreAllThere() =>
        Repository.AssertNone(
            ((string[])[
                "CVE-2020-2023", "CVE-2020-2024", "CVE-2020-2025", "CVE-2020-2026", "CVE-2020-27151", "CVE-2020-28914", "CVE-2026-24054", "CVE-2026-24834", "CVE-2026-47243",
                "GHSA-q49m-57vm-c8cc", "a957054dd3", "GHSA-fmg6-v47x-52wr", "#13615", "#13587", "CVE-2019-5736", "CVE-2016-9962", "CVE-2019-16884", "CVE-2019-19921", "CVE-2020-35517",
                "CVE-2022-0847", "CVE-2026-45782", "GHSA-jmr4-g2hv-mjj6", "CVE-2019-18960", "CVE-2026-53489", "CVE-2026-53492", "CVE-2026-50195",
            ]).Where(id => Rows().Count(row => row.Split('|')[1].Contains(id, StringComparison.Ordinal)) != 1),
            "one row for each known mistake:");

    private static IEnumerable<string> Rows() =>
        Text.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.StartsWith("| Id |", StringComparison.Ordinal) && !line.StartsWith("| The lie |", StringComparison.Ordinal));
}
