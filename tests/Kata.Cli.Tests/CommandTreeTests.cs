using Kata.Cli.Commands;

namespace Kata.Cli.Tests;

public sealed class CommandTreeTests
{
    [Theory]
    [InlineData("unknown command 'runn'; known are ", "runn", "image")]
    [InlineData("unknown command 'prun'; known are prune", "image", "prun")]
    [InlineData("a command is missing; known are prune", "image")]
    [InlineData("unrecognized command or argument '--foo'", "image", "prune", "--foo")]
    [InlineData("'IMAGE-OR-ROOTFS' missing", "run", "-it")]
    public void Complaint_WrongCommandLine_NamesWhatIsWrong(string expected, params string[] args) =>
        Assert.Contains(expected, CommandTree.Complaint(CommandTree.Parse(args)), StringComparison.Ordinal);
}
