using Kata.Configuration;
using Kata.Hypervisors.Processes;
using Kata.Linux;
using Kata.Linux.Processes;
using Kata.Primitives;

namespace Kata.Hypervisors.Qemu.Virtiofs;

/// <summary>Starts virtiofsd processes, after asking the binary once which dialect it speaks.</summary>
internal sealed class VirtiofsdLauncher(SharedFilesConfiguration configuration, LauncherThread launcher)
{
    private const string Key = "virtio_fs_daemon";
    private static readonly TimeSpan HelpTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Starts one.</summary>
    /// <param name="directory">What it serves; absolute.</param>
    /// <param name="socket">Its listening end is handed over.</param>
    /// <param name="networkNamespace">Where it runs; null for here.</param>
    /// <param name="cgroups">Open <c>cgroup.procs</c> files it writes itself into.</param>
    /// <param name="cancellationToken">Stops waiting for the binary's answer.</param>
    /// <exception cref="KataException">It cannot be executed, speaks no known dialect, or cannot do what is configured.</exception>
    public async Task<HostProcess> StartAsync(
        string directory, VirtiofsdSocket socket, Fd? networkNamespace, IReadOnlyList<Fd> cgroups, CancellationToken cancellationToken)
    {
        VirtiofsdDialect dialect = await AskDialectAsync(cancellationToken).ConfigureAwait(false);
        using var descriptors = new InheritedDescriptors();
        int listener = descriptors.Add(socket.Listening.Duplicate());
        return await HostProcess.StartAsync(
            new HostProcessSpec
            {
                Name = "virtiofsd",
                Path = configuration.VirtioFsDaemon,
                PathKey = Key,
                Arguments = VirtiofsdArguments.Build(dialect, directory, listener, configuration),
                Descriptors = descriptors,
                NetworkNamespace = networkNamespace,
                Cgroups = cgroups,
            },
            launcher).ConfigureAwait(false);
    }

    private async Task<VirtiofsdDialect> AskDialectAsync(CancellationToken cancellationToken)
    {
        using var none = new InheritedDescriptors();
        HostProcess help = await HostProcess.StartAsync(
            new HostProcessSpec { Name = "virtiofsd", Path = configuration.VirtioFsDaemon, PathKey = Key, Arguments = ["--help"], Descriptors = none },
            launcher).ConfigureAwait(false);
        await using (help.ConfigureAwait(false))
        {
            try
            {
                await help.Exited.WaitAsync(HelpTimeout, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException error)
            {
                throw Strange($"did not end within {HelpTimeout.TotalSeconds} s when run with --help", error);
            }

            return VirtiofsdArguments.Recognise(string.Join('\n', help.Output.Tail(int.MaxValue))) ?? throw Strange("is neither the C nor the Rust virtiofsd", null);
        }
    }

    private KataException Strange(string what, Exception? cause) => new(
        ErrorCode.Unsupported,
        $"virtiofsd '{Printable.Escape(configuration.VirtioFsDaemon, 512)}' {what}; correct 'hypervisor.qemu.{Key}' in the configuration",
        cause);
}
