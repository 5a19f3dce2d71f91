using System.Text;
using Kata.Agent.Boot;
using Kata.Agent.Cgroups;
using Kata.Agent.Consoles;
using Kata.Agent.Containers;
using Kata.Agent.Devices;
using Kata.Agent.Guest;
using Kata.Agent.Logging;
using Kata.Agent.Rpc;
using Kata.Agent.Sandboxes;
using Kata.Agent.Serving;
using Kata.Linux;
using Kata.Linux.Cgroups;
using Kata.Linux.Hosts;
using Kata.Linux.Namespaces;
using Kata.Linux.Paths;
using Kata.Linux.Processes;
using Kata.Linux.Sockets;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Agent;

/// <summary>The agent as a program: PID 1 of a guest, or an ordinary process for trying it out.</summary>
public sealed partial class AgentProgram
{
    private const int MaxCommandLine = 64 * 1024;

    private readonly bool _isInit = Environment.ProcessId == 1;
    private readonly string _version;
    private readonly string? _file;

    private AgentProgram(string version, string? file)
    {
        _version = version;
        _file = file;
    }

    /// <summary>Runs until the sandbox was destroyed.</summary>
    /// <param name="arguments">The command line: <c>--version</c>, or <c>--config FILE</c>.</param>
    /// <param name="version">The version of this build.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, string version)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        string? file = ConfigurationFileOf(arguments);
        if (arguments.Count > 0 && file is null && Environment.ProcessId != 1)
        {
            bool known = arguments.Count == 1 && arguments[0] is "--version" or "-v" or "version";
            Print(known ? $"kata-agent version {version} (api version: 0.0.1, type: dotnet)\n" : "usage: kata-agent [--version | --config FILE]\n");
            return known ? 0 : 2;
        }

        var program = new AgentProgram(version, file);
        try
        {
            await program.RunAsync().ConfigureAwait(false);
            return 0;
        }
#pragma warning disable CA1031 // The end of PID 1 is a kernel panic, which would hide the reason.
        catch (Exception error)
#pragma warning restore CA1031
        {
            // On the console, which the host quotes when a guest does not come up.
            Print($"kata-agent: {(error is KataException ? error.Message : error.ToString())}\n");
            return 1;
        }
        finally
        {
            if (program._isInit)
            {
                MachinePower.Off();
            }
        }
    }

    private static void Print(string text)
    {
        using var output = new Fd(1, owns: false);
        FdIo.WriteAll(output, Encoding.UTF8.GetBytes(text));
    }

    // The kernel hands the words after "--" of its command line to process 1, next to others that mean nothing here.
    private static string? ConfigurationFileOf(IReadOnlyList<string> arguments)
    {
        for (int i = 0; i + 1 < arguments.Count; i++)
        {
            if (arguments[i] is "--config" or "-c" && (i == 0 || Environment.ProcessId == 1))
            {
                return arguments[i + 1];
            }
        }

        return null;
    }

    private static IReadOnlyList<AgentAddress> Addresses(AgentOptions options)
    {
        if (options.ServerAddress is { } address)
        {
            return [AgentAddress.Parse(address)];
        }

        var addresses = new List<AgentAddress>();
        if (VirtioPorts.HasDevice())
        {
            addresses.Add(new AgentAddress.VirtioSerial(AgentAddress.DefaultSerialPort));
        }

        // Listening where nobody can come from would cost a start some milliseconds. A guest with neither gets what the kernel has.
        if (File.Exists("/dev/vsock") && (addresses.Count == 0 || VsockDevices.Any()))
        {
            addresses.Add(new AgentAddress.Vsock(uint.MaxValue, AgentAddress.DefaultVsockPort));
        }

        return addresses.Count > 0
            ? addresses
            : throw new KataException(ErrorCode.Unavailable, "there is neither a virtio-serial device nor vsock: set agent.server_addr");
    }

    private async Task RunAsync()
    {
        OwnDescriptors.RaiseToMost();
        if (_isInit)
        {
            OwnMemory.UseOneNativeHeap();
            GuestMounts.MountEarly();
            SchedulerSetting.LetNewThreadsRunFirst();
            ProcessLauncher.CopyOnlyWhatChildrenNeed();
        }

        string commandLine = _isInit ? BoundedFile.ReadText("/proc/cmdline", MaxCommandLine) : string.Empty;
        AgentOptions options = AgentOptionsReader.Read(KernelCommandLine.Parse(commandLine), Environment.GetEnvironmentVariable, _file);
        using var output = new Fd(1, owns: false);
        LogStream? stream = options.LogPort > 0 ? new LogStream() : null;
        var logger = new JsonLineLogger(stream ?? (IRecordSink)new FdSink(output), options.LogLevel, _version, TimeProvider.System);
        using var reaper = new ChildReaper();
        var disks = GuestDisks.OfGuest(ownsMachine: _isInit);
        using var streams = new StreamPorts(TimeProvider.System, logger);
        var environment = new AgentEnvironment
        {
            Options = options,
            Reaper = reaper,
            Cgroups = new Lazy<CgroupHierarchy>(() => DetectCgroups(disks)),
            StreamPorts = streams,
            Disks = disks,
            Logger = logger,
            Time = TimeProvider.System,
        };
        using SetupThreads threads = environment.Threads;
        using var holder = new SandboxHolder(environment);
        using var stop = new CancellationTokenSource();

        // The channel first: the host's dialling and the rest of the boot then go on side by side.
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var guest = new GuestServices(environment, _version);
        Task carrying = options.StreamPort > 0 ? streams.ServeAsync(GuestVsock.Listen(AgentAddress.OnVsock(options, options.StreamPort), logger), stop.Token) : Task.CompletedTask;
        Task serving = Serve(holder, guest, options, ready.Task, logger, stop.Token);
        await Task.WhenAny(BootAsync(options, guest, ready, stop.Token), serving).Unwrap().ConfigureAwait(false);
        foreach (string ignored in options.Ignored)
        {
            LogIgnored(logger, ignored);
        }

        Task beside = Task.WhenAll(
            stream is null ? Task.CompletedTask : ServeLogAsync(stream, new FdSink(output), AgentAddress.OnVsock(options, options.LogPort), logger, stop.Token),
            options.DebugConsole ? new DebugConsole(reaper, TimeProvider.System, logger).RunAsync(AgentAddress.OnVsock(options, options.DebugConsolePort), stop.Token) : Task.CompletedTask);
        await Task.WhenAny(holder.Destroyed, serving).Unwrap().ConfigureAwait(false);
        await stop.CancelAsync().ConfigureAwait(false);
        await serving.ConfigureAwait(false);
        if (guest.Tracing.IsOn)
        {
            await guest.Tracing.StopAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await Task.WhenAll(beside, carrying).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private CgroupHierarchy DetectCgroups(GuestDisks disks)
    {
        var hierarchy = CgroupHierarchy.Detect();
        if (_isInit)
        {
            DeviceGuard.Protect(hierarchy, disks); // an agent beside others has no say in what those may open
        }

        return hierarchy;
    }

    private static async Task ServeLogAsync(LogStream stream, FdSink console, VsockAddress port, ILogger logger, CancellationToken stop)
    {
        IReadOnlyList<IConnectionSource> sources = await SideChannels.OpenAsync(port, SideChannels.LogPort, logger, stop).ConfigureAwait(false);
        if (sources.Count == 0)
        {
            LogNoLogChannel(logger, port.Port);
            stream.DivertTo(console);
        }

        await Task.WhenAll(sources.Select(source => stream.ServeAsync(source, TimeProvider.System, stop))).ConfigureAwait(false);
    }

    private async Task BootAsync(AgentOptions options, GuestServices guest, TaskCompletionSource ready, CancellationToken stop)
    {
        try
        {
            if (_isInit)
            {
                GuestMounts.MountRest();
                CgroupMounts.Mount(options.UnifiedCgroups);
                LoopbackInterface.BringUp();
                ThreadNamespaces.SetHostname("localhost");
            }

            Directory.CreateDirectory(Storage.GuestPaths.Root);
            guest.Policy.LoadFile(options.PolicyFile);
            guest.Tracing.StartAtBoot();
            ready.SetResult();
        }
        catch (Exception error)
        {
            // Who has called already is answered with the reason, and that has to leave before the machine ends.
            ready.SetException(error);
            await Task.Delay(LastAnswer.Patience, stop).ConfigureAwait(false);
            throw;
        }
    }

    private Task Serve(SandboxHolder holder, GuestServices guest, AgentOptions options, Task ready, ILogger logger, CancellationToken stop)
    {
        var server = new AgentServer(
            new AgentRpc(holder, guest, _version), new HealthRpc(_version), new RequestFilter(ready, new EndpointList(options.AllowedEndpoints), guest.Policy, guest.Tracing, logger), _isInit, logger);
        var tasks = new List<Task>();
        foreach (AgentAddress address in Addresses(options))
        {
            tasks.Add(server.ServeAsync(address, stop));
        }

        return Task.WhenAll(tasks);
    }

    [LoggerMessage(EventId = 811, Level = LogLevel.Warning, Message = "the setting {Name} does nothing in this agent")]
    private static partial void LogIgnored(ILogger logger, string name);

    [LoggerMessage(EventId = 819, Level = LogLevel.Warning, Message = "the log stays on the console: the guest has no vsock for port {Port}, and no virtio-serial port for it")]
    private static partial void LogNoLogChannel(ILogger logger, uint port);
}
