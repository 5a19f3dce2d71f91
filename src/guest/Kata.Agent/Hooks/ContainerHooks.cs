using Kata.Agent.Containers;
using Kata.Agent.Processes;
using Kata.Agent.Sandboxes;
using Kata.Linux;
using Kata.Linux.Cgroups;
using Kata.Linux.Processes;
using Kata.Primitives;
using Kata.Protocols.Oci;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Hooks;

/// <summary>
/// The hooks of one container: those of its specification, then those that the guest itself has. Processes that hooks leave running end with the container.
/// </summary>
internal sealed partial class ContainerHooks : IAsyncDisposable
{
    private static readonly TimeSpan KillTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10); // as upstream's agent
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromDays(1);

    private readonly string _id;
    private readonly Spec _spec;
    private readonly Protocols.Oci.Hooks? _guest;
    private readonly AgentEnvironment _environment;
    private readonly BundleDirectory _bundle;
    private readonly ICgroup _cgroup;

    private ContainerHooks(string id, Spec spec, Protocols.Oci.Hooks? guest, AgentEnvironment environment, BundleDirectory bundle, ICgroup cgroup)
    {
        _id = id;
        _spec = spec;
        _guest = guest;
        _environment = environment;
        _bundle = bundle;
        _cgroup = cgroup;
    }

    /// <summary>Whether the first process has to wait for hooks before its root changes.</summary>
    public bool BeforePivot => Has(HookStage.Prestart) || Has(HookStage.CreateRuntime) || Has(HookStage.CreateContainer);

    /// <summary>Whether hooks have run, so that those at the end have to run as well.</summary>
    public bool Began { get; private set; }

    /// <summary>Makes what hooks need; null if there are none. A call that fails leaves nothing.</summary>
    /// <param name="id">The container.</param>
    /// <param name="spec">Its specification.</param>
    /// <param name="guest">The hooks that the guest has for every container, if any.</param>
    /// <param name="environment">What the agent works with.</param>
    /// <param name="cgroupPath">The container's cgroup; that of the hooks is beside it.</param>
    public static ContainerHooks? Create(string id, Spec spec, Protocols.Oci.Hooks? guest, AgentEnvironment environment, string cgroupPath)
    {
        bool any = false;
        foreach (HookStage stage in HookNames.Stages)
        {
            any |= HookNames.Of(spec.Hooks, stage).Count + HookNames.Of(guest, stage).Count > 0;
        }

        if (!any)
        {
            return null;
        }

        string beside = $"{cgroupPath[..(cgroupPath.LastIndexOf('/') + 1)]}kata-hooks-{id}";
        BundleDirectory bundle = BundleDirectory.Create(id, spec);
        try
        {
            return new ContainerHooks(id, spec, guest, environment, bundle, environment.Cgroups.Value.Create(beside));
        }
        catch
        {
            bundle.Dispose();
            throw;
        }
    }

    /// <summary>Whether a stage has hooks.</summary>
    public bool Has(HookStage stage) => HookNames.Of(_spec.Hooks, stage).Count + HookNames.Of(_guest, stage).Count > 0;

    /// <summary>Runs a stage's hooks in the guest.</summary>
    /// <exception cref="KataException">One failed; those after it were not run.</exception>
    public Task RunAsync(HookStage stage, int pid, CancellationToken cancellationToken) => RunAsync(stage, pid, null, cancellationToken);

    /// <summary>Runs a stage's hooks in namespaces of the container.</summary>
    /// <inheritdoc cref="RunAsync(HookStage, int, CancellationToken)"/>
    public async Task RunAsync(HookStage stage, int pid, ContainerNamespaces? within, CancellationToken cancellationToken)
    {
        Began = true;
        foreach (Hook hook in Of(stage))
        {
            using var cgroups = OpenCgroups.Of(_environment.Cgroups.Value, _cgroup);
            await RunOneAsync(stage, hook, pid, streams => Program(hook, within, streams, cgroups), within?.Pid?.Handle, KillAsync, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Runs the hooks that come right before the program, as what the program will be.</summary>
    /// <param name="plan">The first process's plan.</param>
    /// <param name="namespaces">The container's namespaces.</param>
    /// <param name="cgroup">The container's cgroup.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KataException">One failed; those after it were not run.</exception>
    public async Task RunAsFirstProcessAsync(ProcessPlan plan, ContainerNamespaces namespaces, ContainerCgroup cgroup, CancellationToken cancellationToken)
    {
        foreach (Hook hook in Of(HookStage.StartContainer))
        {
            using OpenCgroups cgroups = cgroup.OpenProcessFiles();
            ProcessProgram Build(IReadOnlyList<Fd> streams) => ContainerProgram.Build(plan with
            {
                Cgroups = cgroups.Files,
                Namespaces = namespaces.ToEnter,
                NewCgroupNamespace = false,
                NewTimeOffsets = null,
                InitMounts = null,
                HookGate = null,
                Gate = null,
                Terminal = false,
                Stdio = streams,
                Candidates = [hook.Path],
                Arguments = Arguments(hook),
                Environment = hook.Env,
            });

            // In the container's cgroup and pid namespace, with which it dies.
            await RunOneAsync(
                HookStage.StartContainer, hook, pid: 1, Build, namespaces.Pid?.Handle, () => cgroup.Group.KillAllAsync(KillTime, CancellationToken.None), cancellationToken)
                .ConfigureAwait(false);
        }
    }

    /// <summary>Runs the hooks at the end, each whatever became of the others; failures are logged.</summary>
    public async ValueTask RunLastAsync()
    {
        if (!Began)
        {
            return;
        }

        foreach (Hook hook in Of(HookStage.Poststop))
        {
            await Teardown.RunAsync(
                _environment.Logger,
                $"run the poststop hook {Printable.Escape(hook.Path, 128)} of container {_id}",
                async () =>
                {
                    using var cgroups = OpenCgroups.Of(_environment.Cgroups.Value, _cgroup);
                    await RunOneAsync(HookStage.Poststop, hook, pid: 0, streams => Program(hook, null, streams, cgroups), null, KillAsync, CancellationToken.None).ConfigureAwait(false);
                }).ConfigureAwait(false);
        }
    }

    /// <summary>Ends what hooks left running, and removes what they needed.</summary>
    public async ValueTask DisposeAsync()
    {
        await Teardown.RunAsync(_environment.Logger, $"end what hooks of container {_id} left", async () => await KillAsync().ConfigureAwait(false)).ConfigureAwait(false);
        await Teardown.RunAsync(
            _environment.Logger,
            $"delete the cgroup of the hooks of container {_id}",
            async () => await _cgroup.DeleteAsync(KillTime, CancellationToken.None).ConfigureAwait(false)).ConfigureAwait(false);
        Teardown.Run(_environment.Logger, $"remove the bundle of container {_id}", _bundle.Dispose);
    }

    private static IReadOnlyList<string> Arguments(Hook hook) => hook.Args.Count > 0 ? hook.Args : [hook.Path];

    private static TimeSpan TimeoutOf(Hook hook) => hook.Timeout <= 0 ? DefaultTimeout
        : hook.Timeout >= LongestTimeout.TotalSeconds ? LongestTimeout
        : TimeSpan.FromSeconds(hook.Timeout);

    private List<Hook> Of(HookStage stage) => [.. HookNames.Of(_spec.Hooks, stage), .. HookNames.Of(_guest, stage)];

    private Task KillAsync() => _cgroup.KillAllAsync(KillTime, CancellationToken.None);

    private static ProcessProgram Program(Hook hook, ContainerNamespaces? within, IReadOnlyList<Fd> streams, OpenCgroups cgroups)
    {
        var program = new ProcessProgram();
        foreach (Fd file in cgroups.Files)
        {
            program.JoinCgroup(file);
        }

        foreach ((Fd entry, CloneFlags kind) in within?.ToEnter ?? [])
        {
            program.SetNamespace(entry, kind);
        }

        for (int i = 0; i < streams.Count; i++)
        {
            program.Duplicate(streams[i], i);
        }

        return program.LimitDescriptors().SetSession().Execute(hook.Path, Arguments(hook), hook.Env);
    }

    private async Task RunOneAsync(
        HookStage stage,
        Hook hook,
        int pid,
        Func<IReadOnlyList<Fd>, ProcessProgram> build,
        Fd? pidNamespace,
        Func<Task> killAll,
        CancellationToken cancellationToken)
    {
        string name = $"{HookNames.Of(stage)} hook {Printable.Escape(hook.Path, 128)}";
        LogHook(_environment.Logger, name, _id);
        byte[] state = HookState.Compose(_id, stage, pid, _bundle.Path, _spec);
        var options = new LaunchOptions { ShareMemory = false, PidNamespace = pidNamespace };
        HookProcess process = HookProcess.Start(state, build, program => _environment.Reaper.Launch(program, options), _environment.Time);
        await process.WaitAsync(name, TimeoutOf(hook), killAll, cancellationToken).ConfigureAwait(false);
    }

    [LoggerMessage(EventId = 851, Level = LogLevel.Information, Message = "{Hook} of container {Container}")]
    private static partial void LogHook(ILogger logger, string hook, string container);
}
