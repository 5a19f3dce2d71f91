using Kata.AgentCtl.Terminal;

namespace Kata.AgentCtl.Tests.Terminal;

public sealed class LineHistoryTests
{
    [Fact]
    public void OlderNewer_LeadBackToTheDraft()
    {
        var history = new LineHistory(file: null);
        history.Add("one");
        history.Add("two");

        Assert.Equal("two", history.Older("draft"));
        Assert.Equal("one", history.Older("two"));
        Assert.Null(history.Older("one"));
        Assert.Equal("two", history.Newer());
        Assert.Equal("draft", history.Newer());
        Assert.Null(history.Newer());
    }

    [Fact]
    public void Add_RepeatedEmptyOrIndented_IsNotKept()
    {
        var history = new LineHistory(file: null);

        foreach (string line in (string[])["one", "one", "", " secret", "two", "one"])
        {
            history.Add(line);
        }

        Assert.Equal(["one", "two", "one"], history.Lines);
    }

    [Fact]
    public void Search_Text_FindsOlderAndOlder()
    {
        var history = new LineHistory(file: null);
        history.Add("Check");
        history.Add("CreateSandbox sid=a");
        history.Add("Version");

        Assert.Equal("CreateSandbox sid=a", history.Search("create", "create"));
        Assert.Equal("Check", history.Search("c", "CreateSandbox sid=a"));
        Assert.Null(history.Search("nothing", "Check"));
    }

    [Fact]
    public void File_NextSession_HasTheLinesAndOthersCannotReadThem()
    {
        using var directory = new TemporaryDirectory();
        string file = Path.Combine(directory.Path, "state/history");
        new LineHistory(file).Add("one");

        Assert.Equal(["one"], new LineHistory(file).Lines);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public void File_CannotBeWritten_SessionGoesOn()
    {
        using var directory = new TemporaryDirectory();
        string file = Path.Combine(directory.Write("file", ""), "history");

        var history = new LineHistory(file);
        history.Add("one");

        Assert.Equal(["one"], history.Lines);
    }
}
