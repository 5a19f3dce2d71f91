using System.CommandLine;

using Kata.Cli.Commands;

namespace Kata.Cli.Tests;

public sealed class HelpTextTests
{
    [Fact]
    public void Run_EveryOption_IsExplained()
    {
        foreach (Option option in new RunCommand().Command.Options)
        {
            foreach (string name in option.Aliases.Append(option.Name))
            {
                Assert.Matches($@"(^|[ ,]){name}[ ,]", HelpText.Run);
            }
        }
    }

    [Fact]
    public void Every_Line_FitsATerminal() =>
        Assert.All((HelpText.Root + HelpText.Run + HelpText.Image).Split('\n'), line => Assert.InRange(line.Length, 0, 110));

    [Theory]
    [InlineData("image", "--help")]
    [InlineData("image", "prune", "-h")]
    [InlineData("help", "image")]
    public void For_Image_FindsItsText(params string[] args) => Assert.Equal(HelpText.Image, HelpText.For(args));

    [Fact]
    public void Root_EveryCommand_IsListed()
    {
        foreach (Command command in CommandTree.Parse([]).CommandResult.Command.Subcommands)
        {
            Assert.Contains($"\n  {command.Name} ", HelpText.Root, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(true, "run", "--help")]
    [InlineData(true, "run", "-it", "-h", "image")]
    [InlineData(true, "help", "run")]
    [InlineData(false, "--help")]
    [InlineData(false, "help")]
    [InlineData(null, "run", "image", "--", "ls", "--help")]
    [InlineData(null, "version")]
    public void For_Arguments_FindsTheRightText(bool? run, params string[] args) =>
        Assert.Equal(run is null ? null : run.Value ? HelpText.Run : HelpText.Root, HelpText.For(args));
}
