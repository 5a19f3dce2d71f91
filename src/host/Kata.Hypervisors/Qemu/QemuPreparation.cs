using Kata.Configuration;
using Kata.Hypervisors.Devices;
using Kata.Hypervisors.Processes;
using Kata.Hypervisors.Qemu.Qmp;
using Kata.Hypervisors.Qemu.Virtiofs;
using Kata.Linux;
using Kata.Linux.Hosts;
using Kata.Linux.Processes;
using Kata.Linux.Sockets;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Hypervisors.Qemu;

/// <summary>Makes one machine step by step. What it holds only for the making goes when it is disposed; a machine half made goes too.</summary>
internal sealed class QemuPreparation : IAsyncDisposable
{
    private const string AgentSocketName = "agent.sock";
    private readonly VmSpec _spec;
    private readonly QemuConfiguration _configuration;
    private readonly QemuArchitecture _architecture;
    private readonly Accelerator _accelerator;
    private readonly LauncherThread _launcher;
    private readonly ILogger _logger;
    private readonly RollbackStack _rollback;
    private readonly InheritedDescriptors _descriptors = new();
    private readonly List<IDisposable> _temporary = [];
    private readonly List<Fd> _cgroups = [];
    private readonly Dictionary<string, IReadOnlyList<int>> _deviceFds = [];
    private readonly List<(SharedDirectory Share, VirtiofsdSocket Socket)> _shares = [];
    private Fd? _networkNamespace;

    public QemuPreparation(
        VmSpec spec, QemuConfiguration configuration, QemuArchitecture architecture, Accelerator accelerator, LauncherThread launcher, ILogger logger)
    {
        (_spec, _configuration, _architecture, _accelerator) = (spec, configuration, architecture, accelerator);
        (_launcher, _logger) = (launcher, logger);
        _rollback = new RollbackStack(logger);
    }

    /// <summary>Makes the machine.</summary>
    public async Task<QemuMachine> RunAsync(CancellationToken cancellationToken)
    {
        MakeDirectory();
        OpenSurroundings();
        OpenDevices();
        (int agentFd, uint contextId, string agentAddress) = OpenAgentChannel();
        (Fd monitor, int monitorFd) = OpenPair();
        (Fd console, int consoleFd) = OpenPair();
        int imageFd = _spec.Image is { } image ? _descriptors.Add(Fd.Open(image, OpenFlags.ReadOnly)) : -1;
        var layout = new QemuLayout
        {
            Spec = _spec,
            Configuration = _configuration,
            Architecture = _architecture,
            Accelerator = _accelerator,
            MonitorFd = monitorFd,
            ConsoleFd = consoleFd,
            AgentFd = agentFd,
            ContextId = contextId,
            DeviceFds = _deviceFds,
            ImageFd = imageFd,
        };

        // QEMU first: it has the longest way to go, and needs virtiofsd's answers only near its end.
        HostProcess qemu = await StartQemuAsync(layout).ConfigureAwait(false);
        _rollback.Push("end qemu", qemu.DisposeAsync);
        IReadOnlyList<HostProcess> helpers = await StartHelpersAsync(cancellationToken).ConfigureAwait(false);
        var shutdown = new ShutdownReason();
        var parts = new QemuMachineParts(_logger)
        {
            Id = _spec.Id,
            Directory = _spec.Directory,
            AgentAddress = agentAddress,
            Accelerator = AcceleratorChoice.NameOf(_accelerator),
            BootTimeout = _configuration.BootTimeoutUnder(translated: _accelerator == Accelerator.Tcg),
            Qemu = qemu,
            Helpers = helpers,
            Monitor = new QmpClient(new FdStream(monitor), shutdown.Observe, _logger),
            Console = new SocketCapture(console, new ConsoleTail(), _configuration.EnableDebug ? new ConsoleLog(_spec.Id, _logger).Write : null),
            Shutdown = shutdown,
        };
        _rollback.Commit();
        return new QemuMachine(parts, _logger);
    }

    /// <summary>Closes our copies of what the processes have got; undoes everything if there is no machine.</summary>
    public async ValueTask DisposeAsync()
    {
        await _rollback.DisposeAsync().ConfigureAwait(false);
        _descriptors.Dispose();
        _shares.ForEach(s => s.Socket.Dispose());
        _temporary.ForEach(t => t.Dispose());
    }

    private void MakeDirectory()
    {
        string path = _spec.Directory;
        if (Path.Exists(path))
        {
            throw new KataException(ErrorCode.AlreadyExists, $"machine directory '{Printable.Escape(path, 256)}' exists already; is sandbox '{_spec.Id}' running?");
        }

        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _rollback.Push($"remove {path}", () => Directory.Delete(path, recursive: true));
    }

    private void OpenSurroundings()
    {
        foreach (string file in _spec.CgroupProcsFiles)
        {
            _cgroups.Add(Keep(Fd.Open(file, OpenFlags.WriteOnly)));
        }

        if (_spec.NetworkNamespace is { } path)
        {
            _networkNamespace = Keep(Fd.Open(path, OpenFlags.ReadOnly));
        }
    }

    private void OpenDevices()
    {
        foreach (VmDevice device in _spec.Devices)
        {
            switch (device)
            {
                case SharedDirectory { Kind: SharedDirectoryKind.VirtioFs } share:
                    VirtiofsdSocket socket = VirtiofsdSocket.Create(_spec.Directory, $"{share.Id}.sock");
                    _shares.Add((share, socket));
                    _deviceFds[share.Id] = [_descriptors.Add(socket.Connected.Duplicate())];
                    break;
                case BlockDevice disk:
                    string path = _spec.RequireBackend<FileBackend>(disk).Path;
                    _deviceFds[disk.Id] = [_descriptors.Add(Fd.Open(path, disk.ReadOnly ? OpenFlags.ReadOnly : OpenFlags.ReadWrite))];
                    break;
                case NetworkDevice network:
                    _deviceFds[network.Id] = [.. _spec.RequireBackend<TapBackend>(network).Queues.Select(q => _descriptors.Add(q.Duplicate()))];
                    break;
                default:
                    break;
            }
        }
    }

    private (int Fd, uint ContextId, string Address) OpenAgentChannel()
    {
        AgentChannelKind kind = _spec.Devices.OfType<AgentChannel>().Single().Kind;
        if (kind == AgentChannelKind.Vsock || (kind == AgentChannelKind.Auto && VhostVsock.IsAvailable))
        {
            (Fd device, uint contextId) = VhostVsock.Open();
            return (_descriptors.Add(device), contextId, $"vsock://{contextId}:{AgentChannel.VsockPort}");
        }

        string path = Path.Combine(_spec.Directory, AgentSocketName);
        return (_descriptors.Add(UnixSockets.ListenFd(path, backlog: 8)), 0, $"virtio-serial://{path}");
    }

    private (Fd Ours, int Theirs) OpenPair()
    {
        (Fd ours, Fd theirs) = UnixSockets.Pair();
        int number = _descriptors.Add(theirs);
        _rollback.Push("close a socket", ours.Dispose);
        return (ours, number);
    }

    private Task<HostProcess> StartQemuAsync(QemuLayout layout) => HostProcess.StartAsync(
        new HostProcessSpec
        {
            Name = "qemu",
            Path = _configuration.Path,
            PathKey = "path",
            Arguments = QemuCommandLine.Build(layout),
            Descriptors = _descriptors,
            NetworkNamespace = _networkNamespace,
            Cgroups = _cgroups,
            RunAs = _spec.RunAs,
            AllowCoreDump = _configuration.EnableDebug,
        },
        _launcher);

    private async Task<IReadOnlyList<HostProcess>> StartHelpersAsync(CancellationToken cancellationToken)
    {
        var launcher = new VirtiofsdLauncher(_configuration.SharedFiles, _launcher);
        var helpers = new List<HostProcess>(_shares.Count);
        foreach ((SharedDirectory share, VirtiofsdSocket socket) in _shares)
        {
            string directory = _spec.RequireBackend<DirectoryBackend>(share).Path;
            HostProcess helper = await launcher.StartAsync(directory, socket, _networkNamespace, _cgroups, cancellationToken).ConfigureAwait(false);
            _rollback.Push("end virtiofsd", helper.DisposeAsync);
            helpers.Add(helper);
        }

        return helpers;
    }

    private T Keep<T>(T resource)
        where T : IDisposable
    {
        _temporary.Add(resource);
        return resource;
    }
}
