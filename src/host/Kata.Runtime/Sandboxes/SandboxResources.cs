using Kata.Configuration;
using Kata.Hypervisors;
using Kata.Linux.Processes;
using Kata.Primitives;
using Kata.Runtime.Guests;
using Kata.Runtime.Network;
using Kata.Runtime.Persistence;
using Kata.Runtime.Resources;
using Kata.Runtime.Storage;

namespace Kata.Runtime.Sandboxes;

/// <summary>What a sandbox holds on the host apart from its VM. Disposing removes all of it.</summary>
internal sealed class SandboxResources : IAsyncDisposable
{
    private readonly SandboxOptions _options;
    private readonly SandboxPaths _paths;
    private readonly LauncherThread _launcher;
    private readonly SandboxCgroup _cgroup;
    private readonly SandboxSize _size;

    private SandboxResources(SandboxOptions options, SandboxPaths paths, SandboxStore store, SharedDirectory? share, SandboxCgroup cgroup, SandboxSize size)
    {
        _options = options;
        _paths = paths;
        _cgroup = cgroup;
        _size = size;
        Store = store;
        Share = share;
        _launcher = new LauncherThread($"launch-{paths.Id}");
    }

    /// <summary>The state on disk, locked.</summary>
    public SandboxStore Store { get; }

    /// <summary>What the guest is shown; null when nothing is shared.</summary>
    public SharedDirectory? Share { get; }

    /// <summary>Acquires everything, or nothing.</summary>
    public static async Task<SandboxResources> CreateAsync(SandboxOptions options)
    {
        var paths = new SandboxPaths(options.Id, options.RunRoot);
        QemuConfiguration qemu = options.Configuration.RequireQemu();
        SandboxSize size = SandboxSize.For(
            (uint)qemu.Processors.Count, (uint)qemu.Processors.Maximum, qemu.Memory.Size, qemu.Memory.Maximum ?? HostMemory.Total(), options.Resources);
        if (options.NetworkNamespace is { } network)
        {
            await NetworkNamespaceCheck.RequireNoInterfacesAsync(network).ConfigureAwait(false);
        }

        await using var rollback = new RollbackStack(options.Logger);
        SandboxStore store = SandboxStore.Create(paths);
        rollback.Push($"remove {paths.State}", () => Remove(store));
        SharedDirectory? share = qemu.SharedFiles.Kind == SharedFileSystem.None ? null : SharedDirectory.Create(paths, options.Logger);
        rollback.Push($"remove {paths.Share}", () => share?.Dispose());
        SandboxBindMounts.Add(options.Configuration.Runtime.SandboxBindMounts, share);

        // On disk before it exists: whoever cleans up after a kill at this very moment knows where to look.
        store.Save(new PersistedSandbox { SandboxContainer = paths.Id, SandboxCgroupPath = SandboxCgroupPath.Of(options.CgroupsPath, paths.Id) });
        SandboxCgroup cgroup = SandboxCgroup.Create(options);
        rollback.Push("remove the sandbox's cgroup", async () => await cgroup.RemoveAsync().ConfigureAwait(false));
        var resources = new SandboxResources(options, paths, store, share, cgroup, size);
        rollback.Commit();
        return resources;
    }

    /// <summary>What the guest factory needs.</summary>
    public GuestRequest ToRequest(Action<IVirtualMachine> prepared) => new()
    {
        Paths = _paths,
        Configuration = _options.Configuration,
        Size = _size,
        Launcher = _launcher,
        NetworkNamespace = _options.NetworkNamespace,
        Prepared = prepared,
        Logger = _options.Logger,
    };

    /// <summary>Accounts the VMM and its helpers to the sandbox.</summary>
    public void Account(IVirtualMachine vm) => _cgroup.Add([vm.ProcessId, .. vm.HelperProcessIds]);

    /// <summary>What goes to disk.</summary>
    public PersistedSandbox Describe(string state, IVirtualMachine? vm) => new()
    {
        State = state,
        SandboxContainer = _paths.Id,
        SandboxCgroupPath = _cgroup.Path,
        HypervisorState = new PersistedHypervisor
        {
            Type = "qemu",
            Pid = vm?.ProcessId ?? 0,
            StartTime = vm is null ? 0 : ProcessStart.Of(vm.ProcessId) ?? 0,
            VirtiofsdPid = vm?.HelperProcessIds.FirstOrDefault() ?? 0,
        },
        AgentState = new PersistedAgent { URL = vm?.AgentAddress ?? string.Empty },
        Network = new PersistedNetwork { NetNsPath = _options.NetworkNamespace ?? string.Empty },
    };

    /// <summary>Removes everything, whatever fails on the way.</summary>
    public async ValueTask DisposeAsync()
    {
        Share?.Dispose();
        Teardown.Run(_options.Logger, "end the launcher thread", _launcher.Dispose);
        await _cgroup.RemoveAsync().ConfigureAwait(false);
        Teardown.Run(_options.Logger, $"remove {_paths.State}", () => Remove(Store));
    }

    private static void Remove(SandboxStore store)
    {
        store.Remove();
        store.Dispose();
    }
}
