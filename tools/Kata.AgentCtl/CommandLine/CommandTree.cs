using System.CommandLine;
using Kata.AgentCtl.Output;
using Kata.AgentCtl.Sessions;
using Kata.Primitives;

namespace Kata.AgentCtl.CommandLine;

/// <summary>All commands of the command line.</summary>
internal static class CommandTree
{
    /// <summary>Parses and runs.</summary>
    /// <param name="args">The arguments of the process.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> InvokeAsync(string[] args)
    {
        ParseResult parsed = Parse(args);
        if (parsed.Errors.Count > 0)
        {
            string command = parsed.CommandResult.Command is RootCommand ? "kata-agent-ctl" : $"kata-agent-ctl {parsed.CommandResult.Command.Name}";
            StandardOutput.WriteError($"kata-agent-ctl: {Reword(parsed.Errors[0].Message)}\nTry '{command} --help'.\n");
            return ExitCodes.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false }).ConfigureAwait(false);
        }
        catch (KataException error)
        {
            StandardOutput.WriteError($"kata-agent-ctl: {error.Message}\n");
            return ExitCodes.Usage;
        }
    }

    /// <summary>Parses without running.</summary>
    public static ParseResult Parse(string[] args)
    {
        var root = new RootCommand();
        var level = new Option<string>("--log-level", "-l") { DefaultValueFactory = _ => "info", Recursive = true };
        root.Options.Add(level);
        var connect = new ConnectCommand((result, options) => ConnectRun.ExecuteAsync(options, new LineLogger(LogLevels.Parse(result.GetValue(level)!))));
        root.Subcommands.Add(connect.Command);
        root.Subcommands.Add(Printing("generate-cid", () => Session.NewId() + "\n"));
        root.Subcommands.Add(Printing("generate-sid", () => Session.NewId() + "\n"));
        root.Subcommands.Add(Printing("examples", () => HelpText.Examples));

        // An argument such as @file is a value and no list of further arguments.
        return root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
    }

    private static Command Printing(string name, Func<string> text)
    {
        var command = new Command(name);
        command.SetAction(_ => StandardOutput.Write(text()));
        return command;
    }

    private static string Reword(string message)
    {
        string trimmed = message.TrimEnd('.');
        return trimmed.Length > 0 ? char.ToLowerInvariant(trimmed[0]) + trimmed[1..] : trimmed;
    }
}
