using System.Globalization;
using Kata.Agent.Devices;
using Kata.Agent.Hooks;
using Kata.Agent.Processes;
using Kata.Agent.Rootfs;
using Kata.Agent.Sandboxes;
using Kata.Agent.Serving;
using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Linux.Processes;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Kata.Protocols.Oci;

namespace Kata.Agent.Containers;

/// <summary>Makes one container, up to its first process standing at the start gate. Whatever fails, everything done before is undone.</summary>
internal sealed class ContainerFactory(Sandbox sandbox, CreateContainerRequest request)
{
    private const int SigKill = 9;

    private readonly AgentEnvironment _environment = sandbox.Environment;

    /// <summary>Makes it.</summary>
    /// <exception cref="KataException">AlreadyExists: the id is taken. Others say what is wrong with the request or the image.</exception>
    public async Task<Container> CreateAsync(CancellationToken cancellationToken)
    {
        string id = Identifiers.Require(request.ContainerId, "container id");
        SpecValidator.Validate(request.OCI);
        string cgroupPath = CgroupPaths.Resolve(request.OCI.Linux.CgroupsPath, id);
        var devices = new DevicePlan(request.Devices, request.OCI, sandbox.Devices);
        sandbox.Storages.Validate(request.Storages, id);
        SharedMountRequests.Validate(request);
        using StreamConnections connections = await _environment.StreamPorts.TakeAsync(
            request.StdinPort, request.StdoutPort, request.StderrPort, request.OCI.Process.Terminal, cancellationToken).ConfigureAwait(false);
        sandbox.Containers.Reserve(id);
        var undo = new RollbackStack(_environment.Logger);
        try
        {
            Container container = await CreateReservedAsync(id, cgroupPath, devices, undo, cancellationToken).ConfigureAwait(false);
            container.Init.Streams.Carry(connections, container.OutputEnded);
            sandbox.Containers.Settle(container);
            return container;
        }
        catch
        {
            await undo.DisposeAsync().ConfigureAwait(false);
            sandbox.Containers.Release(id);
            throw;
        }
    }

    private async Task<Container> CreateReservedAsync(
        string id, string cgroupPath, DevicePlan devices, RollbackStack undo, CancellationToken cancellationToken)
    {
        Spec spec = request.OCI;
        IReadOnlyList<(Linux.Security.ResourceLimit, ulong, ulong)> limits = ProcessDetails.Limits(spec.Process);
        Linux.Security.SeccompProgram? seccomp = SeccompReader.Compile(spec.Linux.Seccomp);
        ProcessTraits traits = ProcessTraitsReader.Read(spec.Process, spec.Linux.Personality);
        SecurityModules.RequireMountLabel(spec.Linux.MountLabel);
        string timeOffsets = TimeOffsets.Compose(spec.Linux.TimeOffsets);
        ContainerNamespaces namespaces = await ContainerNamespaces.OpenAsync(spec, request.SandboxPidns, sandbox.Namespaces, _environment.Reaper).ConfigureAwait(false);
        undo.Push("close the namespaces", namespaces.Dispose);
        await devices.PrepareAsync(undo, cancellationToken).ConfigureAwait(false);
        await sandbox.Storages.AcquireAllAsync(request.Storages, id, undo, cancellationToken).ConfigureAwait(false);

        ContainerHooks? hooks = CreateHooks(id, cgroupPath, undo);
        ContainerCgroup cgroup =
            await ContainerCgroup.CreateAsync(_environment.Cgroups.Value, cgroupPath, spec, _environment.Disks, cancellationToken).ConfigureAwait(false);
        undo.Push($"delete cgroup {cgroupPath}", cgroup.DeleteAsync);

        PreparedRootfs rootfs = await BuildRootfsAsync(cgroup, namespaces, undo, cancellationToken).ConfigureAwait(false);
        undo.Push("close the root file system", rootfs.Dispose);
        var gate = new StartGate();
        undo.Push("close the start gate", gate.Dispose);
        StartGate? hookGate = hooks is { BeforePivot: true } ? new StartGate() : null;
        undo.Push("close the hooks' gate", () => hookGate?.Dispose());
        var starter = new ProcessStarter(_environment.Reaper, _environment.Time);
        ProcessPlan plan = Plan(rootfs, namespaces, gate, hookGate) with { Limits = limits, Seccomp = seccomp, Traits = traits };
        plan = namespaces.NewTime ? plan with { NewTimeOffsets = timeOffsets } : plan;
        GuestProcess init = Launch(plan, rootfs, namespaces, cgroup, starter);
        undo.Push("close the first process", init.Dispose);
        undo.Push("kill the first process", () => KillAsync(init));
        if (hookGate is not null)
        {
            await RunEarlyHooksAsync(hooks!, hookGate, init, namespaces, cancellationToken).ConfigureAwait(false);
        }

        await RequireReadyAsync(gate, init, cancellationToken).ConfigureAwait(false);
        rootfs.ForInit.Dispose(); // it has done its part
        namespaces.Pin(init.Pid);
        ConfinedDirectory root = namespaces.User is null ? rootfs.Root : OpenRootOf(init, undo);
        sandbox.Namespaces.OfferPid(init.Pid);
        var parts = new ContainerParts
        {
            Id = id,
            Facts = ContainerFacts.Of(spec, id),
            Root = root,
            GuestNames = devices.GuestNames,
            Plan = hooks is null ? null : plan,
            Namespaces = namespaces,
            Cgroup = cgroup,
            Gate = gate,
            Init = init,
            Undo = undo,
            Seccomp = seccomp,
            Hooks = hooks,
            SharesPids = namespaces.PidToJoin is not null,
        };
        return new Container(parts, starter, _environment.Logger);
    }

    // The mounts of a process in a user namespace are a copy by now.
    private static ConfinedDirectory OpenRootOf(GuestProcess init, RollbackStack undo)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/proc/{init.Pid}/root");
        var root = new ConfinedDirectory(Fd.Open(path, OpenFlags.Path | OpenFlagsPerArchitecture.Directory));
        undo.Push("close the root", root.Dispose);
        return root;
    }

    private ContainerHooks? CreateHooks(string id, string cgroupPath, RollbackStack undo)
    {
        ContainerHooks? hooks = ContainerHooks.Create(id, request.OCI, sandbox.GuestHooks, _environment, cgroupPath);
        if (hooks is not null)
        {
            undo.Push("remove what hooks needed", hooks.DisposeAsync);
            undo.Push("run the hooks at the end", hooks.RunLastAsync);
        }

        return hooks;
    }

    private async Task<PreparedRootfs> BuildRootfsAsync(
        ContainerCgroup cgroup, ContainerNamespaces namespaces, RollbackStack undo, CancellationToken cancellationToken)
    {
        PlannedMount[] mounts = PlannedMount.ReadAll(request.OCI);
        using SharedMountSources shared =
            await SharedMountSources.TakeAsync(request.SharedMounts, sandbox.Containers, _environment.Time, cancellationToken).ConfigureAwait(false);
        using SpreadingBinds spreading = await sandbox.Spreading.TakeAsync(mounts, undo, cancellationToken).ConfigureAwait(false);
        using var idMaps = await IdMappedMounts.CreateAsync(mounts, namespaces, _environment.Reaper).ConfigureAwait(false);
        var plan = new RootfsPlan
        {
            Spec = request.OCI,
            Mounts = mounts,
            User = request.StringUser,
            Cgroups = cgroup.Mounter,
            Namespaces = namespaces,
            Base = sandbox.Mounts,
            IdMaps = idMaps.ByMount,
            Shared = shared,
            Spreading = spreading,
        };
        PreparedRootfs rootfs = await new RootfsBuilder(plan).BuildAsync(_environment.Threads).ConfigureAwait(false);
        namespaces.Adopt(rootfs.Namespace, rootfs.Network);
        return rootfs;
    }

    private ProcessPlan Plan(PreparedRootfs rootfs, ContainerNamespaces namespaces, StartGate gate, StartGate? hookGate)
    {
        Protocols.Oci.Process process = request.OCI.Process;
        return new ProcessPlan
        {
            Cgroups = [],
            Stdio = [],
            Limits = [],
            Namespaces = namespaces.ToEnter,
            NewCgroupNamespace = namespaces.NewCgroup,
            UserNamespace = namespaces.User?.Handle,
            InitMounts = rootfs.ForInit,
            Terminal = process.Terminal,
            Identity = rootfs.Details.Identity,
            Capabilities = CapabilityPlan.From(process.Capabilities),
            OomScoreAdjustment = (int)Math.Clamp(process.OOMScoreAdj, -1000, 1000),
            NoNewPrivileges = process.NoNewPrivileges,
            WorkingDirectory = rootfs.Details.WorkingDirectory,
            Candidates = rootfs.Details.Candidates,
            Arguments = process.Args,
            Environment = rootfs.Details.Environment,
            Gate = gate,
            HookGate = hookGate,
        };
    }

    private GuestProcess Launch(ProcessPlan plan, PreparedRootfs rootfs, ContainerNamespaces namespaces, ContainerCgroup cgroup, ProcessStarter starter)
    {
        uint owner = namespaces.Ids.User(plan.Identity.Uid);
        using ProcessStdio stdio = rootfs.Terminal is { } terminal
            ? ProcessStdio.OnTerminal(terminal, owner, _environment.Time)
            : ProcessStdio.Pipes(owner, _environment.Options.ContainerPipeSize, _environment.Time, () => cgroup.Group.MemoryLimit);
        try
        {
            using OpenCgroups cgroups = cgroup.OpenForBirth();
            ProcessPlan placed = plan with { Cgroup = cgroups.Directory, Cgroups = cgroups.Files, Stdio = stdio.ChildSide };
            return starter.Start(request.ExecId, placed, stdio, namespaces.PidToJoin?.Handle);
        }
        catch
        {
            stdio.Streams.Dispose();
            throw;
        }
    }

    private static async Task RunEarlyHooksAsync(
        ContainerHooks hooks, StartGate gate, GuestProcess init, ContainerNamespaces namespaces, CancellationToken cancellationToken)
    {
        await RequireReadyAsync(gate, init, cancellationToken).ConfigureAwait(false);
        await hooks.RunAsync(HookStage.Prestart, init.Pid, cancellationToken).ConfigureAwait(false);
        await hooks.RunAsync(HookStage.CreateRuntime, init.Pid, cancellationToken).ConfigureAwait(false);
        if (hooks.Has(HookStage.CreateContainer))
        {
            namespaces.PinPid(init.Pid);
            await hooks.RunAsync(HookStage.CreateContainer, init.Pid, namespaces, cancellationToken).ConfigureAwait(false);
        }

        gate.Open();
    }

    private static async Task RequireReadyAsync(StartGate gate, GuestProcess init, CancellationToken cancellationToken)
    {
        if (!await gate.WaitReadyAsync(cancellationToken).ConfigureAwait(false))
        {
            await ExplainAsync(init).ConfigureAwait(false);
        }
    }

    private static async Task ExplainAsync(GuestProcess init)
    {
        try
        {
            await init.Executed.ConfigureAwait(false);
        }
        catch (LaunchException error)
        {
            throw ProcessStarter.Explain(error, error.Step);
        }

        ExitStatus status = await init.Exited.ConfigureAwait(false);
        throw new KataException(ErrorCode.Internal, $"the container's first process ended while it was set up: {status}");
    }

    private static async ValueTask KillAsync(GuestProcess init)
    {
        init.Signal(SigKill);
        await init.Exited.ConfigureAwait(false);
    }
}
