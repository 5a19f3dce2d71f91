using System.Diagnostics.CodeAnalysis;
using Kata.Configuration;
using Kata.Hypervisors.Devices;
using Kata.Linux.Hosts;
using Kata.Linux.Processes;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Hypervisors.Qemu;

/// <summary>Makes machines with QEMU. Safe for concurrent use.</summary>
/// <param name="configuration">The administrator's settings.</param>
/// <param name="logger">Where the life of the machines is told.</param>
public sealed class QemuHypervisor(QemuConfiguration configuration, ILogger logger)
{
    /// <summary>
    /// Starts QEMU and its helpers, with the guest halted before its first instruction. Returns as soon as the processes run: QEMU sets itself up while the
    /// caller does other things, until <see cref="IVirtualMachine.StartAsync"/>.
    /// </summary>
    /// <param name="spec">The machine wanted.</param>
    /// <param name="launcher">The thread that launches the processes, which die with it.</param>
    /// <param name="cancellationToken">Gives up; nothing is left behind then, nor after an error.</param>
    /// <returns>The machine; the caller disposes it.</returns>
    /// <exception cref="KataException">
    /// NotFound, PermissionDenied, InvalidArgument: a file that the configuration names is not there or not usable; nothing was started. Unsupported: the
    /// configuration or the specification asks for what this driver cannot do. AlreadyExists: <see cref="VmSpec.Directory"/> exists.
    /// </exception>
    [SuppressMessage("Reliability", "CA2000", Justification = "The preparation hands its resources over or rolls them back.")]
    public async Task<IVirtualMachine> PrepareAsync(VmSpec spec, LauncherThread launcher, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(launcher);
        QemuArchitecture architecture = QemuArchitecture.Current;
        QemuSpecRules.Check(spec, configuration, architecture);
        QemuFiles.Check(spec, configuration, spec.Devices.Any(d => d is SharedDirectory { Kind: SharedDirectoryKind.VirtioFs }));
        Accelerator accelerator = AcceleratorChoice.Resolve(configuration.Accelerator, KvmProbe.FindProblem);

        var preparation = new QemuPreparation(spec, configuration, architecture, accelerator, launcher, logger);
        await using (preparation.ConfigureAwait(false))
        {
            return await preparation.RunAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
