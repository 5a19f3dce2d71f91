using System.Text.RegularExpressions;

namespace Kata.Architecture.Tests;

/// <summary>Tests that a page of the documentation names: <c>`SomeTests.Method_State_Result`</c>.</summary>
internal static partial class NamedTests
{
    // Several projects may have a class of the same name.
    private static readonly Lazy<Dictionary<string, string>> Classes = new(() => Repository.Files("tests", "*Tests.cs")
        .GroupBy(file => Path.GetFileNameWithoutExtension(file)!, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => string.Concat(group.Select(File.ReadAllText)), StringComparer.Ordinal));

    /// <summary>All that a text names.</summary>
    public static IEnumerable<string> In(string text) => Test().Matches(text).Select(match => match.Value);

    /// <summary>Those of them that do not exist.</summary>
    public static IEnumerable<string> Missing(string text) =>
        from match in Test().Matches(text)
        where !Classes.Value.TryGetValue(match.Groups[1].Value, out string? source) || !source.Contains($" {match.Groups[2].Value}(", StringComparison.Ordinal)
        select match.Value;

    [GeneratedRegex(@"`(\w+Tests)\.(\w+)`")]
    private static partial Regex Test();
}
