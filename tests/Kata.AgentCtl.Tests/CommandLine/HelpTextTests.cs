using System.CommandLine;
using Kata.AgentCtl.Api;
using Kata.AgentCtl.CommandLine;
using Kata.AgentCtl.Sessions;

namespace Kata.AgentCtl.Tests.CommandLine;

public sealed class HelpTextTests
{
    [Fact]
    public void Connect_EveryOption_IsExplained()
    {
        foreach (Option option in new ConnectCommand((_, _) => Task.FromResult(0)).Command.Options)
        {
            foreach (string name in option.Aliases.Append(option.Name))
            {
                Assert.Matches($@"(^|[ ,]){name}[ ,]", HelpText.Connect);
            }
        }
    }

    [Fact]
    public void Root_EveryCommand_IsListed()
    {
        foreach (Command command in CommandTree.Parse([]).CommandResult.Command.Subcommands)
        {
            Assert.Contains($"\n  {command.Name} ", HelpText.Root, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Texts_EveryLine_FitsATerminal() =>
        Assert.All((HelpText.Root + HelpText.Connect + HelpText.Examples + BuiltIns.Help(null)).Split('\n'), line => Assert.InRange(line.Length, 0, 120));

    [Fact]
    public void Help_EveryCommand_NamesEveryField()
    {
        foreach (ApiCommand command in ApiCommands.All)
        {
            string help = BuiltIns.Help(command.Name);

            Assert.Contains(command.Summary, help, StringComparison.Ordinal);
            Assert.All(command.Request.Fields.InDeclarationOrder(), field => Assert.Contains(field.Name, help, StringComparison.Ordinal));
            Assert.DoesNotContain(" \n", help, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("root", "--help")]
    [InlineData("root")]
    [InlineData("connect", "connect", "--help")]
    [InlineData("connect", "help", "connect")]
    [InlineData("connect", "-l", "debug", "connect", "-h")]
    [InlineData(null, "connect", "-c", "help")]
    public void For_Arguments_FindsTheRightText(string? expected, params string[] args) =>
        Assert.Equal(expected switch { "root" => HelpText.Root, "connect" => HelpText.Connect, _ => null }, HelpText.For(args));
}
