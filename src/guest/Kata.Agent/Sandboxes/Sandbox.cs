using Kata.Agent.Containers;
using Kata.Agent.Devices;
using Kata.Agent.Guest;
using Kata.Agent.Rootfs;
using Kata.Agent.Storage;
using Kata.Primitives;
using Kata.Protocols.Agent;

namespace Kata.Agent.Sandboxes;

/// <summary>The pod: containers and what they share. Exists from CreateSandbox to DestroySandbox.</summary>
internal sealed class Sandbox
{
    private readonly RollbackStack _undo;
    private LockedMounts? _mounts; // from the end of its creation
    private SpreadingVolumes? _spreading; // likewise

    private Sandbox(string id, SharedNamespaces namespaces, AgentEnvironment environment, RollbackStack undo)
    {
        Id = id;
        Namespaces = namespaces;
        Environment = environment;
        Devices = new GuestDevices(Sysfs.Guest, environment.Options.HotplugTimeout, environment.Time);
        Storages = new StorageTable(StorageHandlers.Create(Devices, environment.Logger));
        _undo = undo;
    }

    /// <summary>The host's name for it; may be empty.</summary>
    public string Id { get; }

    /// <summary>What its containers share.</summary>
    public SharedNamespaces Namespaces { get; }

    /// <summary>What every sandbox of this agent works with.</summary>
    public AgentEnvironment Environment { get; }

    /// <summary>Its containers.</summary>
    public ContainerTable Containers { get; } = new();

    /// <summary>The devices that the host plugged for it.</summary>
    public GuestDevices Devices { get; }

    /// <summary>Its storages.</summary>
    public StorageTable Storages { get; }

    /// <summary>What containers' mount namespaces are made from: the guest's mounts and the pod's storages, not those of single containers.</summary>
    public LockedMounts Mounts => _mounts!;

    /// <summary>Volumes in which mounts spread between containers.</summary>
    public SpreadingVolumes Spreading => _spreading!;

    /// <summary>Hooks of the guest's own, for every container; null if there are none.</summary>
    public Protocols.Oci.Hooks? GuestHooks { get; private set; }

    /// <summary>Containers that ran out of memory.</summary>
    public OomEvents OomEvents { get; } = new();

    /// <summary>Makes it. A call that fails leaves nothing.</summary>
    /// <exception cref="KataException">InvalidArgument: the request is wrong. Unsupported: it asks for what this agent cannot do.</exception>
    /// <exception cref="Kata.Linux.LinuxException">The kernel refused something.</exception>
    public static async Task<Sandbox> CreateAsync(CreateSandboxRequest request, AgentEnvironment environment, CancellationToken cancellationToken)
    {
        Validate(request);
        byte[] resolver = ResolverFile.Compose(request.Dns);
        var undo = new RollbackStack(environment.Logger);
        try
        {
            await new KernelModules(new GuestTool(environment.Reaper)).LoadAsync(request.KernelModules, cancellationToken).ConfigureAwait(false);
            KernelLocks.Close(); // no container has run yet
            SharedNamespaces namespaces = await SharedNamespaces.CreateAsync(request.Hostname, environment.Threads).ConfigureAwait(false);
            undo.Push("close the sandbox's namespaces", namespaces.Dispose);
            var sandbox = new Sandbox(request.SandboxId, namespaces, environment, undo);
            if (request.SandboxPidns)
            {
                SandboxInit init = await SandboxInit.StartAsync(environment.Reaper).ConfigureAwait(false);
                undo.Push("end the first process of the shared pid namespace", init.DisposeAsync);
                namespaces.OfferPid(init.Pid);
            }

            Directory.CreateDirectory(GuestPaths.Sandbox);
            undo.Push("release the pod's storages", sandbox.Storages.ReleasePodAsync);
            await sandbox.Storages.AcquireAllAsync(request.Storages, containerId: null, undo, cancellationToken).ConfigureAwait(false);
            sandbox._mounts = await LockedMounts.CreateAsync(environment.Reaper, environment.Logger).ConfigureAwait(false);
            undo.Push("close the containers' mounts", sandbox._mounts.Dispose);
            sandbox._spreading = new SpreadingVolumes(sandbox._mounts);
            undo.Push("drop the volumes in which mounts spread", sandbox._spreading.Dispose);
            if (request.GuestHookPath.Length > 0)
            {
                // Only now: they may be on a storage.
                sandbox.GuestHooks = GuestHookDirectory.Scan(request.GuestHookPath, environment.Logger);
            }

            if (request.Dns.Count > 0)
            {
                sandbox.InstallResolver(resolver);
            }

            return sandbox;
        }
        catch
        {
            await undo.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Kills and removes all containers, then releases what they shared.</summary>
    public async Task DestroyAsync(CancellationToken cancellationToken)
    {
        foreach (Container container in Containers.All)
        {
            await Teardown.RunAsync(Environment.Logger, $"remove container {container.Id}", async () =>
            {
                await container.RemoveAsync(cancellationToken).ConfigureAwait(false);
                Containers.Remove(container);
            }).ConfigureAwait(false);
        }

        OomEvents.Close();
        await _undo.DisposeAsync().ConfigureAwait(false);
    }

    private static void Validate(CreateSandboxRequest request)
    {
        if (request.SandboxId.Length > 0)
        {
            Identifiers.Require(request.SandboxId, "sandbox id");
        }

        if (System.Text.Encoding.UTF8.GetByteCount(request.Hostname) > 64 || request.Hostname.Any(char.IsControl))
        {
            throw KataException.Invalid("hostname is longer than 64 bytes or has control characters");
        }

        KernelModules.Validate(request.KernelModules);
        GuestHookDirectory.Validate(request.GuestHookPath);
    }

    private void InstallResolver(byte[] content)
    {
        File.WriteAllBytes(GuestPaths.Resolver, content);
        _undo.Push("remove the sandbox's resolv.conf", () => File.Delete(GuestPaths.Resolver));

        // Containers get theirs from the host; this one is for the guest's own tools, if it has the file at all.
        if (File.Exists("/etc/resolv.conf"))
        {
            Linux.Mounts.Mount.Bind(GuestPaths.Resolver, "/etc/resolv.conf");
            _undo.Push("unmount /etc/resolv.conf", () => Linux.Mounts.Mount.TryDetach("/etc/resolv.conf", lazy: true));
        }
    }
}
