using System.Diagnostics;
using Kata.Testing.Builds;
using Kata.Testing.Commands;

namespace Kata.Testing.Containerd;

/// <summary>
/// A containerd of our own: private root, state and socket in a short temporary directory, our shim in its PATH, the test image imported. Disposing kills
/// what is left and removes the directory.
/// </summary>
public sealed class PrivateContainerd : IAsyncDisposable
{
    /// <summary>The name of the imported test image.</summary>
    public const string Image = "localhost/busybox:latest";

    private readonly Process _daemon;

    private PrivateContainerd(string directory, Process daemon)
    {
        Directory = directory;
        _daemon = daemon;
    }

    /// <summary>Holds everything of this instance.</summary>
    public string Directory { get; }

    /// <summary>The gRPC socket.</summary>
    public string Socket => Path.Combine(Directory, "c.sock");

    /// <summary>The daemon's log, for messages.</summary>
    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : string.Empty;

    private string LogFile => Path.Combine(Directory, "log");

    /// <summary>Starts it without CRI and imports the test image.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    public static Task<PrivateContainerd> StartAsync(CancellationToken cancellationToken) =>
        StartAsync(new ContainerdOptions { Images = [(BuildOutput.ImageArchive, "localhost/busybox")] }, cancellationToken);

    /// <summary>Starts it.</summary>
    /// <param name="options">What it has.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<PrivateContainerd> StartAsync(ContainerdOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        string directory = System.IO.Directory.CreateTempSubdirectory("kata-c").FullName;
        string configuration = Path.Combine(directory, "config.toml");
        await File.WriteAllTextAsync(configuration, ConfigurationText(directory, options), cancellationToken);

        var info = new ProcessStartInfo("/bin/sh", ["-c", $"exec containerd --config {configuration} >{directory}/log 2>&1 </dev/null"]);
        info.Environment["PATH"] = $"{BuildOutput.BinDirectory}:{Environment.GetEnvironmentVariable("PATH")}";
        var containerd = new PrivateContainerd(directory, Process.Start(info) ?? throw new InvalidOperationException("containerd did not start"));
        try
        {
            await containerd.WaitUntilReadyAsync(cancellationToken);
            foreach ((string archive, string name) in options.Images)
            {
                string[] import = ["--namespace", options.ImageNamespace, "images", "import", "--base-name", name, archive];
                (await containerd.CtrAsync(import, null, cancellationToken)).EnsureSuccess();
            }

            return containerd;
        }
        catch
        {
            await containerd.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs <c>ctr</c> against this instance.</summary>
    /// <param name="arguments">What follows <c>ctr --address …</c>.</param>
    /// <param name="options">Input and deadline.</param>
    /// <param name="cancellationToken">Kills it.</param>
    public Task<CommandResult> CtrAsync(IEnumerable<string> arguments, CommandOptions? options, CancellationToken cancellationToken) =>
        Command.RunAsync("ctr", ["--address", Socket, .. arguments], options, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_daemon.HasExited)
        {
            _daemon.Kill();
            await _daemon.WaitForExitAsync();
        }

        _daemon.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private static string ConfigurationText(string directory, ContainerdOptions options) => $"""
        version = 2
        root = "{directory}/root"
        state = "{directory}/state"
        oom_score = 0
        disabled_plugins = [{(options.CriTables is null ? "\"io.containerd.grpc.v1.cri\", " : "")}"io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
        [grpc]
          address = "{directory}/c.sock"
        [ttrpc]
          address = "{directory}/c.sock.ttrpc"
        [plugins."io.containerd.internal.v1.opt"]
          path = "{directory}/opt"
        {options.CriTables?.Invoke(directory)}
        """;

    private async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        using var poll = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var clock = Stopwatch.StartNew();
        while (await poll.WaitForNextTickAsync(cancellationToken))
        {
            if (File.Exists(Socket) && (await CtrAsync(["version"], null, cancellationToken)).ExitCode == 0)
            {
                return;
            }

            if (_daemon.HasExited || clock.Elapsed > TimeSpan.FromSeconds(30))
            {
                throw new InvalidOperationException($"containerd is not ready (exited: {_daemon.HasExited}):\n{Log}");
            }
        }
    }
}
