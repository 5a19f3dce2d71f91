namespace Kata.Rego.Tests.Conformance;

/// <summary>
/// Policies that say more, or less, than their author meant (the class of GHSA-fmg6-v47x-52wr: an empty pattern for a source, a rule for storages that
/// is too broad): they allow what their text says and nothing beyond it.
/// </summary>
public sealed class StrictnessTests
{
    // The source of a mount is allowed by a pattern of the policy's data.
    private const string SourceRule = """
        default p := false
        p if {
            some known in patterns
            known.destination == input.destination
            regex.match(known.source, input.source)
        }

        """;

    [Theory]
    [InlineData("\"\"", "/etc/shadow", true)] // found in every text, as the language has it
    [InlineData("\"^$\"", "", true)]
    [InlineData("\"^$\"", "/etc/shadow", false)]
    [InlineData("\"^$\"", "\n", false)]
    [InlineData("\"^/a$\"", "/a\n", false)]
    [InlineData("\"^/a$\"", "\n/a", false)]
    [InlineData("\"^/a$\"", "/b\n/a", false)]
    [InlineData("\"^/a$\"", "/a\r", false)]
    [InlineData("\"^/a$\"", "/a\u0000", false)]
    [InlineData("\"/a\"", "/x/a/y", true)] // anywhere, without marks
    [InlineData("\"^/a\"", "/ab", true)]
    [InlineData("\"/a$\"", "/b/a", true)]
    [InlineData("\"^/a|/b$\"", "/a/anything", true)] // each mark belongs to its alternative
    [InlineData("\"^/a|/b$\"", "/anything/b", true)]
    [InlineData("\"^/a|/b$\"", "x/a", false)]
    [InlineData("\"^(/a|/b)$\"", "/a/anything", false)]
    [InlineData("\"^/a.b$\"", "/a/b", true)]
    [InlineData("\"^/a.b$\"", "/a\nb", false)]
    [InlineData("\"^/[^/]*$\"", "/a\nb", true)]
    [InlineData("\"^[a-z0-9-]+$\"", "ä", false)]
    [InlineData("\"^[[:alpha:]]+$\"", "ä", false)]
    [InlineData("\"^\\\\w+$\"", "ä", false)]
    [InlineData("\"^\\\\d+$\"", "\u0661", false)]
    [InlineData("\"^$(sfprefix)hosts$\"", "hosts", false)] // a variable that nothing replaced: behind the end comes nothing
    [InlineData("\"^$(sfprefix)hosts$\"", "$(sfprefix)hosts", false)]
    [InlineData("\"(?i)^[^a]+$\"", "A", false)]
    [InlineData("null", "null", false)]
    [InlineData("[]", "", false)]
    [InlineData("[\"\"]", "", false)]
    [InlineData("0", "0", false)]
    [InlineData("input.pattern", "/a", false)] // not in the request
    [InlineData("\"(\" ", "(", false)]
    [InlineData("\"^(?=/a)\"", "/a", false)]
    [InlineData("\"^/a{\"", "/a{", false)]
    public void Source_ByAPattern_IsAllowedAsItsTextSays(string pattern, string source, bool allowed)
    {
        string input = $$"""{"destination": "/d", "source": {{new Values.RegoString(source)}}}""";

        // As part of the policy's data, which is how generated policies have their patterns.
        Assert.Equal(allowed ? "true" : "false", Evaluations.Value($"{SourceRule}patterns := [{{\"destination\": \"/d\", \"source\": {pattern}}}]", input));
    }

    [Theory]
    [InlineData("[{\"destination\": \"/d\"}]")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("[{\"source\": \"\"}]")]
    [InlineData("[{\"destination\": null, \"source\": \"\"}]")]
    [InlineData("[{\"destination\": \"\", \"source\": \"\"}]")]
    public void Source_WithoutAnEntryThatFits_IsRefused(string patterns)
    {
        Assert.Equal("false", Evaluations.Value($"{SourceRule}patterns := {patterns}", """{"destination": "/d", "source": "/a"}"""));
        Assert.Equal("false", Evaluations.Value($"{SourceRule}patterns := {patterns}", """{"destination": "/d"}"""));
    }

    // Storages are allowed one by one, by what the policy knows of each field.
    private const string StorageRule = """
        default p := false
        p if {
            count(input.storages) == count(known)
            every storage in input.storages {
                some one in known
                one.driver == storage.driver
                one.options == storage.options
                regex.match(one.source, storage.source)
                replace(one.mount_point, "$(source)", base64url.encode(storage.source)) == storage.mount_point
            }
        }
        known := [{"driver": "blk", "options": ["ro"], "source": "^[0-9a-f]{2}(/[0-9a-f]{2})?$", "mount_point": "/m/$(source)"}]
        """;

    [Theory]
    [InlineData("""[{"driver": "blk", "options": ["ro"], "source": "02/01", "mount_point": "/m/MDIvMDE="}]""", true)]
    [InlineData("""[{"driver": "blk", "options": ["ro"], "source": "02/01", "mount_point": "/m/other"}]""", false)]
    [InlineData("""[{"driver": "blk", "options": [], "source": "02/01", "mount_point": "/m/MDIvMDE="}]""", false)]
    [InlineData("""[{"driver": "blk", "options": ["ro", "ro"], "source": "02/01", "mount_point": "/m/MDIvMDE="}]""", false)]
    [InlineData("""[{"driver": "blk", "options": "ro", "source": "02/01", "mount_point": "/m/MDIvMDE="}]""", false)]
    [InlineData("""[{"driver": "BLK", "options": ["ro"], "source": "02/01", "mount_point": "/m/MDIvMDE="}]""", false)]
    [InlineData("""[{"driver": "blk", "options": ["ro"], "source": "02/01/x", "mount_point": "/m/MDIvMDEveA=="}]""", false)]
    [InlineData("""[{"driver": "blk", "options": ["ro"], "source": null, "mount_point": "/m/"}]""", false)]
    [InlineData("""[{"driver": "blk", "options": ["ro"], "mount_point": "/m/"}]""", false)]
    [InlineData("""[{}]""", false)]
    [InlineData("""[null]""", false)]
    [InlineData("""[]""", false)]
    [InlineData("""{"x": {"driver": "blk", "options": ["ro"], "source": "02/01", "mount_point": "/m/MDIvMDE="}}""", true)] // as the language has it
    [InlineData("null", false)]
    [InlineData("\"x\"", false)]
    public void Storages_OneByOne_AreAllowedAsTheTextSays(string storages, bool allowed) =>
        Assert.Equal(allowed ? "true" : "false", Evaluations.Value(StorageRule, $"{{\"storages\": {storages}}}"));

    [Theory]
    [InlineData("p if { not input.a.b.c }", "{}", "true")] // "not" holds for what is not there, also where a name is misspelt
    [InlineData("p if { not is_null(input.hooks) }", "{\"hooks\": null}", Evaluations.Undefined)]
    [InlineData("p if { not input.hooks }", "{\"hooks\": null}", Evaluations.Undefined)]
    [InlineData("p if { not regex.match(\"(\", input.x) }", "{\"x\": \"a\"}", "refused")]
    [InlineData("p if { not regex.match(input.pattern, \"a\") }", "{\"pattern\": \"(\"}", "true")]
    [InlineData("p if { count(input.list) == 0 }", "{\"list\": null}", Evaluations.Undefined)]
    [InlineData("p if { count(input.list) == 0 }", "{}", Evaluations.Undefined)]
    [InlineData("p if { every x in input.list { x == 1 } }", "{}", Evaluations.Undefined)]
    [InlineData("p if { every x in input.list { x == 1 } }", "{\"list\": \"a\"}", Evaluations.Undefined)]
    [InlineData("p if { every x in input.list { x == 1 } }", "{\"list\": null}", Evaluations.Undefined)]
    [InlineData("p if { input.uid == 0 }", "{\"uid\": \"0\"}", Evaluations.Undefined)]
    [InlineData("p if { input.path == concat(\"/\", [\"\", input.id]) }", "{\"path\": \"/\", \"id\": null}", Evaluations.Undefined)]
    [InlineData("p if { startswith(input.path, \"/run/\") }", "{\"path\": [\"/run/\"]}", Evaluations.Undefined)]
    [InlineData("p if { input.n < 5 }", "{\"n\": null}", "true")] // null sorts before numbers, as the language has it
    [InlineData("p if { to_number(input.n) < 5 }", "{\"n\": \"x\"}", Evaluations.Undefined)]
    public void Condition_OnWhatIsMissingOrOfAnotherType_HoldsAsTheTextSays(string rules, string input, string value)
    {
        string outcome;
        try
        {
            outcome = Evaluations.Value(rules, input);
        }
        catch (Primitives.KataException)
        {
            outcome = "refused";
        }

        Assert.Equal(value, outcome);
    }
}
