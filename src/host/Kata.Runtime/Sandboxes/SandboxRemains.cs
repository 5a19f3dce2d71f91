using Kata.Linux.Mounts;
using Kata.Linux.Paths;
using Kata.Linux.Processes;
using Kata.Primitives;
using Kata.Runtime.Persistence;
using Kata.Runtime.Resources;
using Kata.Runtime.Storage;
using Microsoft.Extensions.Logging;

namespace Kata.Runtime.Sandboxes;

/// <summary>
/// Removes what can still be there after the process that owned a sandbox was killed. VMM, helpers and mounts went with it; files, cgroups, and in the
/// worst case a VMM in uninterruptible sleep remain.
/// </summary>
internal static class SandboxRemains
{
    private const int KillSignal = 9;
    private static readonly TimeSpan ExitTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LockTime = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(20);

    /// <summary>Removes them. Nothing to remove is no error.</summary>
    /// <exception cref="KataException">FailedPrecondition: the owner lives; nothing was touched.</exception>
    public static async Task RemoveAsync(SandboxPaths paths, ILogger logger, TimeProvider time, CancellationToken cancellationToken)
    {
        using (SandboxStore? store = await OpenAsync(paths, time, cancellationToken).ConfigureAwait(false))
        {
            PersistedSandbox? state = null;
            Teardown.Run(logger, $"read the state of sandbox {paths.Id}", () => state = store?.Load());
            if (state is not null)
            {
                await KillAsync(state.HypervisorState, logger, cancellationToken).ConfigureAwait(false);
            }

            RemoveFiles(paths, logger);
            if (state is not null)
            {
                await SandboxCgroup.RemoveAsync(state.SandboxCgroupPath, logger).ConfigureAwait(false);
            }

            Teardown.Run(logger, $"remove {paths.State}", () => store?.Remove());
        }
    }

    // A killed owner closes its connections, by which others learn of its end, a moment before or after it lets go of the lock.
    private static async Task<SandboxStore?> OpenAsync(SandboxPaths paths, TimeProvider time, CancellationToken cancellationToken)
    {
        SandboxStore? store = null;
        bool free = await Until.HoldsAsync(() => SandboxStore.TryOpen(paths, out store), LockTime, LongestPause, time, cancellationToken).ConfigureAwait(false);
        return free ? store : throw SandboxStore.InUse(paths);
    }

    private static void RemoveFiles(SandboxPaths paths, ILogger logger)
    {
        Teardown.Run(logger, $"unmount {paths.Share}", () => Mount.DetachTree(paths.Share));
        Teardown.Run(logger, $"remove {paths.Share}", () => EmptyTree.Remove(paths.Share));
        Teardown.Run(logger, $"remove {paths.Machine}", () => TreeRemover.Remove(paths.Machine));
    }

    private static async Task KillAsync(PersistedHypervisor vmm, ILogger logger, CancellationToken cancellationToken)
    {
        if (vmm.Pid > 0 && vmm.StartTime != 0 && ProcessStart.Of(vmm.Pid) == vmm.StartTime)
        {
            await Teardown.RunAsync(logger, $"kill VMM {vmm.Pid}", async () =>
            {
                using PidFd process = PidFd.Open(vmm.Pid);
                if (ProcessStart.Of(vmm.Pid) == vmm.StartTime && process.TrySignal(KillSignal))
                {
                    await process.WaitExitAsync(cancellationToken).WaitAsync(ExitTime, cancellationToken).ConfigureAwait(false);
                }
            }).ConfigureAwait(false);
        }
    }
}
