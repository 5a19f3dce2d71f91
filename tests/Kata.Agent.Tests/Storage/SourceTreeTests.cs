using Kata.Agent.Storage.Watching;
using Kata.Linux;

namespace Kata.Agent.Tests.Storage;

public sealed class SourceTreeTests
{
    [Theory]
    [InlineData("..1", true)]
    [InlineData("..2", false)]
    [InlineData("elsewhere/..2", true)]
    public void IsOfOneTime_WhereDataLeads_MustHaveBeenSeenToo(string target, bool expected)
    {
        using var directory = new TemporaryDirectory();
        foreach (string place in (string[])[".", "below"])
        {
            Directory.CreateDirectory(Path.Combine(directory.Path, place, "..1"));
            File.CreateSymbolicLink(Path.Combine(directory.Path, place, "..data"), place == "below" ? "..1" : target);
            File.CreateSymbolicLink(Path.Combine(directory.Path, place, "key"), "..data/key");
        }

        using Fd source = Fd.Open(directory.Path, OpenFlags.Path);

        Assert.Equal(expected, SourceTree.Read(source, WatchLimits.Default).IsOfOneTime);
    }
}
