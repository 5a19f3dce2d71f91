using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Kata.Testing.Commands;

namespace Kata.Vm.Tests.Comparisons;

/// <summary>Runs cases with Debian's runc on the host.</summary>
internal sealed class RuncRunner(string directory, string rootfs)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public async Task<Outcome> RunAsync(string id, ComparisonCase theCase, CancellationToken cancellationToken)
    {
        string bundle = Path.Combine(directory, "bundle-" + id);
        Directory.CreateDirectory(bundle);
        string config = theCase.Config.Replace("{rootfs}", rootfs, StringComparison.Ordinal).Replace("{id}", id, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(bundle, "config.json"), config, cancellationToken);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Deadline);
        try
        {
            return await RunAsync(id, theCase, bundle, deadline.Token);
        }
        finally
        {
            await Command.RunAsync("runc", ["--root", Path.Combine(directory, "state"), "delete", "--force", id], null, CancellationToken.None);
            Directory.Delete(bundle, recursive: true);
        }
    }

    private async Task<Outcome> RunAsync(string id, ComparisonCase theCase, string bundle, CancellationToken token)
    {
        var info = new ProcessStartInfo("runc", ["--root", Path.Combine(directory, "state"), "run", "--bundle", bundle, id])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(info)!;
        try
        {
            process.StandardInput.Close();
            var output = new StringBuilder();
            Task<string> error = process.StandardError.ReadToEndAsync(token);
            string steps = string.Empty;
            if (theCase.Steps.Count > 0)
            {
                string? line;
                do
                {
                    line = await process.StandardOutput.ReadLineAsync(token);
                    output.Append(line).Append(line is null ? string.Empty : "\n");
                }
                while (line is not (null or "ready"));
                steps = line is null ? string.Empty : await StepsAsync(id, theCase.Steps, token);
            }

            output.Append(await process.StandardOutput.ReadToEndAsync(token));
            await process.WaitForExitAsync(token);
            string errors = await error;
            string programs = string.Concat(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !line.StartsWith("time=", StringComparison.Ordinal)).Select(line => line + "\n"));
            return IsRefusal(errors) ? new Outcome(errors, string.Empty) : new Outcome(null, Outcome.Part("program", process.ExitCode, output.ToString(), programs) + steps);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    // Its other records are warnings and what came after the program had run.
    private static bool IsRefusal(string errors) => errors.Contains("runc run failed", StringComparison.Ordinal);

    private async Task<string> StepsAsync(string id, IReadOnlyList<JsonNode> steps, CancellationToken token)
    {
        var text = new StringBuilder();
        foreach (JsonNode step in steps)
        {
            if (step["exec"] is { } exec)
            {
                string file = Path.Combine(directory, $"process-{id}.json");
                await File.WriteAllTextAsync(file, exec.ToJsonString(), token);
                CommandResult result = await Command.RunAsync("runc", ["--root", Path.Combine(directory, "state"), "exec", "--process", file, id], null, token);
                bool refused = result.Error.Contains("exec failed", StringComparison.Ordinal) || result.Error.Contains("level=error", StringComparison.Ordinal);
                text.Append(refused ? "exec refused\n" : Outcome.Part("exec", result.ExitCode, result.Output, result.Error));
            }
            else if (step["signal"] is { } signal)
            {
                await Command.RunAsync("runc", ["--root", Path.Combine(directory, "state"), "kill", id, signal.ToString()], null, token);
            }
            else
            {
                await Task.Delay((int)step["wait"]!, token);
            }
        }

        return text.ToString();
    }
}
