using System.CommandLine;
using System.CommandLine.Parsing;

using Kata.Cli.Output;
using Kata.Primitives;

namespace Kata.Cli.Commands;

/// <summary>All commands.</summary>
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
            StandardOutput.WriteError($"kata-runtime: {Complaint(parsed)}\nTry '{HelpOf(parsed.CommandResult)}'.\n");
            return ExitCodes.Failed;
        }

        try
        {
            // No time limit for termination: signals belong to the container.
            return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false }).ConfigureAwait(false);
        }
        catch (KataException error)
        {
            StandardOutput.WriteError($"kata-runtime: {error.Message}\n");
            return ExitCodes.Failed;
        }
#pragma warning disable CA1031 // The last place where anything can be said: without it the runtime would abort with a dump nobody can read.
        catch (Exception error)
#pragma warning restore CA1031
        {
            StandardOutput.WriteError($"kata-runtime: internal error: {error.GetType().Name}: {error.Message}\n");
            return ExitCodes.Failed;
        }
    }

    /// <summary>Parses without running.</summary>
    public static ParseResult Parse(string[] args)
    {
        var root = new RootCommand();
        var version = new Command("version");
        version.SetAction(_ => StandardOutput.Write(VersionText.Full));
        root.Subcommands.Add(new RunCommand().Command);
        root.Subcommands.Add(version);
        root.Subcommands.Add(new ImageCommand().Command);
        // An argument such as @file is the container's and no list of further arguments.
        return root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
    }

    /// <summary>What is wrong with a command line, in words for its writer.</summary>
    internal static string Complaint(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (command.Subcommands.Count > 0)
        {
            string known = string.Join(", ", command.Subcommands.Select(sub => sub.Name));
            return parsed.UnmatchedTokens is [{ } word, ..]
                ? $"unknown command '{Printable.Escape(word, maxLength: 64)}'; known are {known}"
                : $"a command is missing; known are {known}";
        }

        return Reword(parsed.Errors[0].Message);
    }

    // The text of a command covers those below it.
    private static string HelpOf(CommandResult result)
    {
        while (result.Parent is CommandResult { Command: not RootCommand } above)
        {
            result = above;
        }

        return result.Command is RootCommand ? "kata-runtime --help" : $"kata-runtime {result.Command.Name} --help";
    }

    private static string Reword(string message)
    {
        string trimmed = message.TrimEnd('.');
        return trimmed.Length > 0 ? char.ToLowerInvariant(trimmed[0]) + trimmed[1..] : trimmed;
    }
}
