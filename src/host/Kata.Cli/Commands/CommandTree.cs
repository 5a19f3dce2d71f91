using System.CommandLine;

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
            string command = parsed.CommandResult.Command is RootCommand ? "kata-runtime" : $"kata-runtime {parsed.CommandResult.Command.Name}";
            StandardOutput.WriteError($"kata-runtime: {Reword(parsed.Errors[0].Message)}\nTry '{command} --help'.\n");
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

    private static string Reword(string message)
    {
        string trimmed = message.TrimEnd('.');
        return trimmed.Length > 0 ? char.ToLowerInvariant(trimmed[0]) + trimmed[1..] : trimmed;
    }
}
