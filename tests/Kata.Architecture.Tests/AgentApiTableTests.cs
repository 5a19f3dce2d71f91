using System.Text.RegularExpressions;

namespace Kata.Architecture.Tests;

/// <summary>docs/reference/agent-api.md has every call, and the tests that it names exist.</summary>
public sealed partial class AgentApiTableTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs/reference/agent-api.md"));

    [Fact]
    public void Table_EveryCallOfTheProtocol_HasOneRow()
    {
        IEnumerable<string> calls = new[] { "agent.proto", "health.proto" }
            .SelectMany(file => CallInProto().Matches(File.ReadAllText(Path.Combine(Repository.Root, "src/shared/Kata.Protocols/protos/kata", file))))
            .Select(match => match.Groups[1].Value);
        IEnumerable<string> rows = Row().Matches(Page).Select(match => match.Groups[1].Value).Where(name => !StatusCodes.Contains(name));

        Assert.Equal(calls.Order(StringComparer.Ordinal), rows.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Table_EveryRow_NamesATestThatExists()
    {
        Repository.AssertNone(NamedTests.Missing(Page), "docs/reference/agent-api.md names a test that does not exist:");
        Repository.AssertNone(
            from line in Page.Split('\n')
            where Row().IsMatch(line) && !StatusCodes.Contains(Row().Match(line).Groups[1].Value) && !NamedTests.In(line).Any()
            select line,
            "a row names the test that shows it:");
    }

    private static readonly string[] StatusCodes =
    [
        "InvalidArgument", "NotFound", "AlreadyExists", "FailedPrecondition", "PermissionDenied", "ResourceExhausted", "DeadlineExceeded", "Unimplemented", "Unavailable", "Cancelled",
    ];

    [GeneratedRegex(@"^\s*rpc (\w+)\(", RegexOptions.Multiline)]
    private static partial Regex CallInProto();

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
