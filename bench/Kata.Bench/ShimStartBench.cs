using System.Text.Json.Nodes;
using Kata.Testing.Commands;

namespace Kata.Bench;

/// <summary>How long a shim's <c>start</c> takes until it has printed its address and ended; the daemon it leaves is shut down at once.</summary>
internal static class ShimStartBench
{
    private static int _next;

    /// <summary>Starts a shim once.</summary>
    /// <param name="shim">The program.</param>
    /// <returns>Milliseconds.</returns>
    public static async Task<double> StartAsync(string shim, CancellationToken cancellationToken)
    {
        string bundle = Directory.CreateTempSubdirectory("kata-s").FullName;
        string id = $"start-{Environment.ProcessId}-{Interlocked.Increment(ref _next)}";
        var spec = new JsonObject { ["ociVersion"] = "1.0.2", ["root"] = new JsonObject { ["path"] = "rootfs" } };
        await File.WriteAllTextAsync(Path.Combine(bundle, "config.json"), spec.ToJsonString(), cancellationToken);
        var options = new CommandOptions
        {
            WorkingDirectory = bundle,
            Environment = new Dictionary<string, string> { ["TTRPC_ADDRESS"] = Path.Combine(bundle, "none.ttrpc") },
        };
        string[] flags = ["-namespace", "bench", "-id", id, "-address", Path.Combine(bundle, "none")];
        try
        {
            CommandResult started = (await Command.RunAsync(shim, [.. flags, "start"], options, cancellationToken)).EnsureSuccess();
            return started.Elapsed.TotalMilliseconds;
        }
        finally
        {
            await StopAsync(bundle, id);
        }
    }

    private static async Task StopAsync(string bundle, string id)
    {
        // The daemon carries the id on its command line; nothing else on the machine does.
        await Command.RunAsync("pkill", ["-KILL", "-f", $" -id {id}( |$)"], null, CancellationToken.None);
        string address = Path.Combine(bundle, "address");
        if (File.Exists(address))
        {
            File.Delete((await File.ReadAllTextAsync(address, CancellationToken.None)).Replace("unix://", string.Empty, StringComparison.Ordinal));
        }

        Directory.Delete(bundle, recursive: true);
    }
}
