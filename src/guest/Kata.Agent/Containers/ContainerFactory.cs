using Kata.Agent.Devices;
using Kata.Agent.Processes;
using Kata.Agent.Rootfs;
using Kata.Agent.Sandboxes;
using Kata.Linux.Namespaces;
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
        if (request.SharedMounts.Count > 0)
        {
            throw KataException.Unsupported("shared mounts between containers are not supported in the guest");
        }

        if (request.SandboxPidns && sandbox.Namespaces.Pid is null)
        {
            throw new KataException(ErrorCode.FailedPrecondition, "a shared pid namespace was asked for before any container had one");
        }

        sandbox.Containers.Reserve(id);
        var undo = new RollbackStack(_environment.Logger);
        try
        {
            Container container = await CreateReservedAsync(id, cgroupPath, devices, undo, cancellationToken).ConfigureAwait(false);
            sandbox.Containers.Settle(container);
            return container;
        }
        catch
        {
            await undo.DisposeAsync().ConfigureAwait(false);
            sandbox.Containers.Remove(id);
            throw;
        }
    }

    private async Task<Container> CreateReservedAsync(
        string id, string cgroupPath, DevicePlan devices, RollbackStack undo, CancellationToken cancellationToken)
    {
        Spec spec = request.OCI;
        IReadOnlyList<(Linux.Security.ResourceLimit, ulong, ulong)> limits = ProcessDetails.Limits(spec.Process);
        Linux.Security.SeccompProgram? seccomp = SeccompReader.Compile(spec.Linux.Seccomp);
        await devices.PrepareAsync(undo, cancellationToken).ConfigureAwait(false);
        await sandbox.Storages.AcquireAllAsync(request.Storages, id, undo, cancellationToken).ConfigureAwait(false);

        ContainerCgroup cgroup = await ContainerCgroup.CreateAsync(_environment.Cgroups.Value, cgroupPath, spec, cancellationToken).ConfigureAwait(false);
        undo.Push($"delete cgroup {cgroupPath}", cgroup.DeleteAsync);

        NamespaceFd? ipc = Wants("ipc") ? sandbox.Namespaces.Ipc : null;
        NamespaceFd? uts = Wants("uts") ? sandbox.Namespaces.Uts : null;
        PreparedRootfs rootfs = await new RootfsBuilder(spec, request.StringUser, cgroup.Mounter, ipc, uts).BuildAsync().ConfigureAwait(false);
        undo.Push("close the root file system", rootfs.Dispose);
        var namespaces = new ContainerNamespaces(rootfs.Namespace, ipc, uts);
        undo.Push("close the namespaces", namespaces.Dispose);

        var gate = new StartGate();
        undo.Push("close the start gate", gate.Dispose);
        var starter = new ProcessStarter(_environment.Reaper, _environment.Time);
        GuestProcess init = Launch(rootfs, namespaces, cgroup, gate, limits, seccomp, starter);
        undo.Push("close the first process", init.Dispose);
        undo.Push("kill the first process", () => KillAsync(init));
        if (!await gate.WaitReadyAsync(cancellationToken).ConfigureAwait(false))
        {
            await ExplainAsync(init).ConfigureAwait(false);
        }

        namespaces.Pid = NamespaceFd.Open(init.Pid, CloneFlags.NewPid);
        sandbox.Namespaces.OfferPid(init.Pid);
        var parts = new ContainerParts
        {
            Id = id, Spec = spec, Rootfs = rootfs, Namespaces = namespaces, Cgroup = cgroup, Gate = gate, Init = init, Undo = undo,
            Seccomp = seccomp,
        };
        return new Container(parts, starter, _environment.Logger);
    }

    private GuestProcess Launch(
        PreparedRootfs rootfs,
        ContainerNamespaces namespaces,
        ContainerCgroup cgroup,
        StartGate gate,
        IReadOnlyList<(Linux.Security.ResourceLimit, ulong, ulong)> limits,
        Linux.Security.SeccompProgram? seccomp,
        ProcessStarter starter)
    {
        Protocols.Oci.Process process = request.OCI.Process;
        uint owner = rootfs.Details.Identity.Uid;
        using ProcessStdio stdio = rootfs.Terminal is { } terminal
            ? ProcessStdio.OnTerminal(terminal, owner, _environment.Time)
            : ProcessStdio.Pipes(owner, _environment.Options.ContainerPipeSize, _environment.Time);
        try
        {
            using OpenCgroups cgroups = cgroup.OpenProcessFiles();
            var plan = new ProcessPlan
            {
                Cgroups = cgroups.Files,
                Namespaces = namespaces.ToEnter,
                NewCgroupNamespace = Wants("cgroup"),
                InitMounts = rootfs.ForInit,
                Stdio = stdio.ChildSide,
                Terminal = process.Terminal,
                Identity = rootfs.Details.Identity,
                Capabilities = CapabilityPlan.From(process.Capabilities),
                Limits = limits,
                OomScoreAdjustment = (int)Math.Clamp(process.OOMScoreAdj, -1000, 1000),
                NoNewPrivileges = process.NoNewPrivileges,
                Seccomp = seccomp,
                WorkingDirectory = rootfs.Details.WorkingDirectory,
                Candidates = rootfs.Details.Candidates,
                Arguments = process.Args,
                Environment = rootfs.Details.Environment,
                Gate = gate,
            };
            return starter.Start(request.ExecId, plan, stdio, request.SandboxPidns ? sandbox.Namespaces.Pid!.Handle : null);
        }
        catch
        {
            stdio.Streams.Dispose();
            throw;
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

    private bool Wants(string type)
    {
        foreach (LinuxNamespace entry in request.OCI.Linux.Namespaces)
        {
            if (entry.Type == type)
            {
                return true;
            }
        }

        return false;
    }
}
