using System.Diagnostics;
using System.Text;

namespace Kata.Testing.Commands;

/// <summary>Runs programs for tests, always with a deadline, after which the whole process tree is killed.</summary>
public static class Command
{
    /// <summary>The deadline where a caller names none.</summary>
    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(60);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">A path, or a name looked up in PATH.</param>
    /// <param name="arguments">The arguments, unquoted.</param>
    /// <param name="options">Input, environment and deadline.</param>
    /// <param name="cancellationToken">Ends the program at once.</param>
    /// <exception cref="TimeoutException">The deadline passed; the message holds what was printed until then.</exception>
    public static async Task<CommandResult> RunAsync(string program, IEnumerable<string> arguments, CommandOptions? options, CancellationToken cancellationToken)
    {
        options ??= new CommandOptions();
        using Process process = Start(program, arguments, options);
        var clock = Stopwatch.StartNew();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.Deadline);

        var output = new StringBuilder();
        var error = new StringBuilder();
        Task readOutput = CollectAsync(process.StandardOutput, output, deadline.Token);
        Task readError = CollectAsync(process.StandardError, error, deadline.Token);
        string line = $"{program} {string.Join(' ', process.StartInfo.ArgumentList)}";
        try
        {
            await FeedAsync(process, options.Input, deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            TimeSpan elapsed = clock.Elapsed;
            await Task.WhenAll(readOutput, readError);
            return new CommandResult(line, process.ExitCode, output.ToString(), error.ToString(), elapsed);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"'{line}' did not end within {options.Deadline}\nstdout: {output}\nstderr: {error}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static Process Start(string program, IEnumerable<string> arguments, CommandOptions options)
    {
        var info = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = options.WorkingDirectory ?? string.Empty,
        };
        foreach ((string name, string value) in options.Environment)
        {
            info.Environment[name] = value;
        }

        return Process.Start(info) ?? throw new InvalidOperationException($"{program} did not start");
    }

    private static async Task FeedAsync(Process process, byte[]? input, CancellationToken cancellationToken)
    {
        try
        {
            if (input is not null)
            {
                await process.StandardInput.BaseStream.WriteAsync(input, cancellationToken);
            }

            process.StandardInput.Close();
        }
        catch (IOException) when (input is not null)
        {
            // The program ended, or closed its input, before it read all; its exit code tells the rest.
        }
    }

    private static async Task CollectAsync(StreamReader reader, StringBuilder into, CancellationToken cancellationToken)
    {
        char[] buffer = new char[16 * 1024];
        while (await reader.ReadAsync(buffer, cancellationToken) is var count and > 0)
        {
            into.Append(buffer, 0, count);
        }
    }
}
