using Kata.Cli.Output;
using Kata.Configuration;
using Kata.Oci.Images;
using Kata.Oci.Runtime;
using Kata.Primitives;
using Kata.Runtime.Containers;
using Kata.Runtime.Health;
using Kata.Runtime.Images;
using Kata.Runtime.Sandboxes;
using Microsoft.Extensions.Logging;

namespace Kata.Cli.Containers;

/// <summary>One container from its image to its exit code. Whatever happens, nothing of it is left afterwards.</summary>
internal sealed class ContainerRun
{
    private readonly RunOptions _options;
    private readonly ProgressLine _progress;
    private readonly LineLogger _logger;
    private readonly SignalFront _signals;

    private ContainerRun(RunOptions options, ProgressLine progress, SignalFront signals)
    {
        _options = options;
        _progress = progress;
        _signals = signals;
        _logger = new LineLogger(progress, options.Debug ? LogLevel.Debug : LogLevel.Warning);
    }

    /// <summary>Runs the container.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="cancellationToken">Stops and removes it.</param>
    /// <returns>The program's exit code, or one of <see cref="ExitCodes"/>.</returns>
    public static async Task<int> ExecuteAsync(RunOptions options, CancellationToken cancellationToken)
    {
        using var progress = new ProgressLine(wanted: !options.Quiet && !options.Debug);
        using var signals = new SignalFront(progress, cancellationToken);
        try
        {
            return await new ContainerRun(options, progress, signals).RunAsync().ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (signals.Ended.IsCancellationRequested)
        {
            return ExitCodes.SignalBase + signals.EndedBy;
        }
        catch (StartException error)
        {
            progress.WriteLine($"kata-runtime: {error.Message}");
            return error.ExitCode;
        }
        catch (KataException error)
        {
            progress.WriteLine($"kata-runtime: {error.Message}");
            return ExitCodes.Failed;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            progress.WriteLine($"kata-runtime: {error.Message}");
            return ExitCodes.Failed;
        }
    }

    private async Task<int> RunAsync()
    {
        CancellationToken ended = _signals.Ended;
        ImageSource source = ImageSource.Parse(_options.Image);
        LoadedConfiguration loaded = ConfigurationLoader.Load(_options.ConfigurationPath);
        foreach (ConfigurationWarning warning in loaded.Warnings)
        {
            _progress.WriteLine($"kata-runtime: warning: {warning}");
        }

        if (!_options.Debug && RuntimeLogLevel.Of(loaded.Configuration.Runtime) is { } level)
        {
            _logger.Minimum = level;
        }

        string id = _options.Name ?? $"run-{Guid.NewGuid():N}"[..16];
        var store = new ImageStore(_options.ImageStore, limits: null, _logger);
        using ContainerRoot root = store.CreateRoot(id);
        await store.SweepAsync(stale => Sandbox.CleanUpAsync(stale, _logger, ended), ended).ConfigureAwait(false);

        _progress.Show("Starting the virtual machine");
        var sandboxOptions = new SandboxOptions
        {
            Id = id,
            Configuration = loaded.Configuration,
            Logger = _logger,
            Hostname = _options.Hostname ?? id,
            Resources = ContainerSpec.Resources(_options),
        };

        // The machine boots while the image is unpacked.
        Sandbox sandbox = await Sandbox.CreateAsync(sandboxOptions, ended).ConfigureAwait(false);
        await using (sandbox.ConfigureAwait(false))
        {
            using PreparedImage image = await store.PrepareAsync(source, new UnpackProgress(_progress), ended).ConfigureAwait(false);
            root.Attach(image);
            _progress.Show("Starting the virtual machine");
            Container container = await CreateAsync(sandbox, root, image.Defaults, ended).ConfigureAwait(false);
            return await AttendAsync(sandbox, container).ConfigureAwait(false);
        }
    }

    private async Task<Container> CreateAsync(Sandbox sandbox, ContainerRoot root, ContainerDefaults defaults, CancellationToken ended)
    {
        ImageUser user = ImageUsers.Resolve(root.Directory, _options.User ?? defaults.User ?? "");
        Spec spec = ContainerSpec.Build(sandbox.Id, _options, defaults, user);
        root.MakeDirectory(spec.Process!.Cwd);
        var options = new ContainerOptions
        {
            Id = sandbox.Id,
            Spec = spec,
            Rootfs = RootfsSource.FromDirectory(root.Directory),
            Bundle = root.Bundle,
            Terminal = _options.Terminal,
        };
        await sandbox.Ready.WaitAsync(ended).ConfigureAwait(false);
        try
        {
            return await sandbox.CreateContainerAsync(options, ended).ConfigureAwait(false);
        }
        catch (KataException error) when (!sandbox.Exited.IsCompleted)
        {
            throw new StartException(spec.Process.Args[0], error);
        }
    }

    private async Task<int> AttendAsync(Sandbox sandbox, Container container)
    {
        GuestProcess process = container.Init;
        var terminal = new TerminalFront(process, _options.Interactive, _progress);
        await using (terminal.ConfigureAwait(false))
        {
            await terminal.PrepareAsync(_signals.Ended).ConfigureAwait(false);
            _progress.Dispose();
            try
            {
                await container.StartAsync(_signals.Ended).ConfigureAwait(false);
            }
            catch (KataException error) when (!sandbox.Exited.IsCompleted)
            {
                throw new StartException(container.Id, error);
            }

            _signals.Attach(process, terminal);
            ProcessExit exit = await terminal.RunAsync(container, _signals.Ended).ConfigureAwait(false);
            if (sandbox.Exited is { IsCompleted: true } gone)
            {
                SandboxExit how = await gone.ConfigureAwait(false);
                _progress.WriteLine($"kata-runtime: the virtual machine ended: {how.Reason}");
            }

            return exit.Status;
        }
    }

    private sealed class UnpackProgress(ProgressLine line) : IProgress<ImageProgress>
    {
        public void Report(ImageProgress value) => line.Show($"Unpacking layer {value.Layer} of {value.Layers}");
    }
}
