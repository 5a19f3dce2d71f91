using System.Globalization;
using Kata.Testing.Commands;
using Kata.Testing.Containerd;

namespace Kata.Bench;

/// <summary>Containers through a real containerd, with our shim and with runc's.</summary>
internal sealed class ContainerdBench(PrivateContainerd containerd, string configuration)
{
    private const string Kata = "io.containerd.kata.v2";
    private const string Runc = "io.containerd.runc.v2";

    private int _next;

    /// <summary><c>ctr run --rm</c> of <c>true</c>, to its end.</summary>
    public async Task<double> RunAsync(bool kata, CancellationToken cancellationToken) =>
        (await containerd.CtrAsync(["run", "--rm", .. RuntimeArguments(kata), PrivateContainerd.Image, NextId(), "true"], null, cancellationToken))
            .EnsureSuccess().Elapsed.TotalMilliseconds;

    /// <summary>Runs an action beside one container that sleeps.</summary>
    public async Task WithContainerAsync(bool kata, Func<string, Task> action, CancellationToken cancellationToken)
    {
        string id = NextId();
        await CtrAsync(["run", "-d", .. RuntimeArguments(kata), PrivateContainerd.Image, id, "sleep", "3600"], cancellationToken);
        try
        {
            await action(id);
        }
        finally
        {
            await CtrAsync(["task", "kill", "--signal", "SIGKILL", id], CancellationToken.None);
            await containerd.CtrAsync(["task", "delete", id], null, CancellationToken.None);
            await containerd.CtrAsync(["container", "delete", id], null, CancellationToken.None);
        }
    }

    /// <summary><c>ctr task exec</c> of <c>true</c>, to its end.</summary>
    public async Task<double> ExecAsync(string id, CancellationToken cancellationToken) =>
        (await CtrAsync(["task", "exec", "--exec-id", NextId(), id, "true"], cancellationToken)).Elapsed.TotalMilliseconds;

    /// <summary>Throughput of a process that writes zeros to standard output as fast as it can.</summary>
    /// <returns>MB/s, the time of an exec that writes nothing taken off.</returns>
    public async Task<double> StdoutAsync(string id, int megabytes, CancellationToken cancellationToken)
    {
        double idle = await ExecAsync(id, cancellationToken);
        string script = $"exec ctr --address {containerd.Socket} task exec --exec-id {NextId()} {id} dd if=/dev/zero bs=64k count={megabytes * 16} 2>/dev/null | wc -c";
        CommandResult result = (await Command.RunAsync("sh", ["-c", script], null, cancellationToken)).EnsureSuccess();
        long bytes = long.Parse(result.Output.Trim(), CultureInfo.InvariantCulture);
        if (bytes != megabytes * 1024L * 1024)
        {
            throw new InvalidOperationException($"expected {megabytes} MiB, got {bytes} bytes");
        }

        return bytes / 1e6 / Math.Max(0.001, (result.Elapsed.TotalMilliseconds - idle) / 1000);
    }

    /// <summary>Throughput of standard input into a process that throws it away.</summary>
    /// <returns>MB/s, the time of an exec that reads nothing taken off.</returns>
    public async Task<double> StdinAsync(string id, int megabytes, CancellationToken cancellationToken)
    {
        double idle = await ExecAsync(id, cancellationToken);
        string script = $"head -c {megabytes}M /dev/zero | ctr --address {containerd.Socket} task exec --exec-id {NextId()} {id} dd of=/dev/null bs=64k";
        CommandResult result = (await Command.RunAsync("sh", ["-c", script], null, cancellationToken)).EnsureSuccess();
        return megabytes * 1.048576 / Math.Max(0.001, (result.Elapsed.TotalMilliseconds - idle) / 1000);
    }

    /// <summary>The proportional memory of a container's shim.</summary>
    /// <returns>MB.</returns>
    public static double ShimMemory(string id, string program)
    {
        foreach (string directory in Directory.GetDirectories("/proc"))
        {
            string commandLine = Path.Combine(directory, "cmdline");
            if (!File.Exists(commandLine))
            {
                continue;
            }

            string[] arguments = File.ReadAllText(commandLine).Split('\0');
            if (arguments[0].EndsWith(program, StringComparison.Ordinal) && arguments.Contains(id))
            {
                string pss = File.ReadLines(Path.Combine(directory, "smaps_rollup")).First(l => l.StartsWith("Pss:", StringComparison.Ordinal));
                return double.Parse(pss.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1000;
            }
        }

        throw new InvalidOperationException($"no {program} serves container {id}");
    }

    private string[] RuntimeArguments(bool kata) => kata ? ["--runtime", Kata, "--runtime-config-path", configuration] : ["--runtime", Runc];

    private string NextId() => $"bench-{Interlocked.Increment(ref _next)}";

    private async Task<CommandResult> CtrAsync(string[] arguments, CancellationToken cancellationToken) =>
        (await containerd.CtrAsync(arguments, null, cancellationToken)).EnsureSuccess();
}
