using Kata.Hypervisors.Processes;
using Kata.Hypervisors.Qemu.Qmp;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Hypervisors.Qemu;

/// <summary>Everything a running machine consists of. Owned by its <see cref="QemuMachine"/>.</summary>
internal sealed class QemuMachineParts(ILogger logger) : IAsyncDisposable
{
    /// <summary>The sandbox's id.</summary>
    public required string Id { get; init; }

    /// <summary>The machine's directory, removed at the end.</summary>
    public required string Directory { get; init; }

    /// <summary>Where the agent is dialled.</summary>
    public required string AgentAddress { get; init; }

    /// <summary>QEMU's name of the accelerator.</summary>
    public required string Accelerator { get; init; }

    /// <summary>The time until the agent must have answered.</summary>
    public required TimeSpan BootTimeout { get; init; }

    /// <summary>The QEMU process.</summary>
    public required HostProcess Qemu { get; init; }

    /// <summary>The virtiofsd processes.</summary>
    public required IReadOnlyList<HostProcess> Helpers { get; init; }

    /// <summary>The connection to QEMU's control socket.</summary>
    public required QmpClient Monitor { get; init; }

    /// <summary>The guest's console.</summary>
    public required SocketCapture Console { get; init; }

    /// <summary>What QEMU said about its end.</summary>
    public required ShutdownReason Shutdown { get; init; }

    /// <summary>Kills what runs and removes what is left.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (HostProcess process in Helpers.Prepend(Qemu))
        {
            await Teardown.RunAsync(logger, $"end {process.Name} of machine {Id}", process.DisposeAsync).ConfigureAwait(false);
        }

        await Teardown.RunAsync(logger, $"close the control connection of machine {Id}", Monitor.DisposeAsync).ConfigureAwait(false);
        await Teardown.RunAsync(logger, $"close the console of machine {Id}", Console.DisposeAsync).ConfigureAwait(false);
        Teardown.Run(logger, $"remove {Directory}", () => System.IO.Directory.Delete(Directory, recursive: true));
    }
}
