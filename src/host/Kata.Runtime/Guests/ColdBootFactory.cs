using Kata.AgentClient;
using Kata.Configuration;
using Kata.Hypervisors;
using Kata.Hypervisors.Devices;
using Kata.Hypervisors.Qemu;
using Kata.Runtime.Sandboxes;

namespace Kata.Runtime.Guests;

/// <summary>Boots a VM from kernel and initrd or image, and dials its agent while it boots.</summary>
public sealed class ColdBootFactory : IGuestFactory
{
    private const string ShareId = "shared";
    private const string EntropyId = "entropy";

    /// <inheritdoc/>
    public async Task<RunningGuest> StartAsync(GuestRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        QemuConfiguration qemu = request.Configuration.RequireQemu();
        var hypervisor = new QemuHypervisor(qemu, request.Logger);
        IVirtualMachine vm = await hypervisor.PrepareAsync(SpecOf(request, qemu), request.Launcher, cancellationToken).ConfigureAwait(false);
        try
        {
            request.Prepared?.Invoke(vm);
            await vm.StartAsync(cancellationToken).ConfigureAwait(false);
            var options = new AgentDialOptions
            {
                Timeout = qemu.BootTimeout ?? request.Configuration.Agent.DialTimeout ?? vm.BootTimeout,
                GiveUpReason = () => vm.Exited.IsCompleted ? vm.Explain("the VM ended before its agent answered") : null,
            };
            AgentConnection agent = await DialAsync(vm, options, cancellationToken).ConfigureAwait(false);
            return new RunningGuest(vm, agent);
        }
        catch
        {
            await vm.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<AgentConnection> DialAsync(IVirtualMachine vm, AgentDialOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await AgentConnection.DialAsync(vm.AgentAddress, options, cancellationToken).ConfigureAwait(false);
        }
        catch (Primitives.KataException error) when (error.Code == Primitives.ErrorCode.DeadlineExceeded)
        {
            throw new Primitives.KataException(error.Code, vm.Explain(error.Message), error);
        }
    }

    private static VmSpec SpecOf(GuestRequest request, QemuConfiguration qemu)
    {
        var devices = new List<VmDevice> { new AgentChannel("agent"), new EntropyDevice(EntropyId) };
        var backends = new Dictionary<string, DeviceBackend> { [EntropyId] = new FileBackend(qemu.EntropySource) };
        if (ShareKind(qemu.SharedFiles.Kind) is { } kind)
        {
            devices.Add(new SharedDirectory(ShareId, SandboxPaths.ShareTag, kind));
            backends[ShareId] = new DirectoryBackend(request.Paths.Shared);
        }

        return new VmSpec
        {
            Id = request.Paths.Id,
            Directory = request.Paths.Machine,
            Kernel = qemu.Assets.Kernel,
            Initrd = qemu.Assets.Initrd,
            Image = qemu.Assets.Image,
            KernelParameters = AgentParameters.Of(request.Configuration),
            Vcpus = request.Size.Vcpus,
            MaxVcpus = Math.Max(request.Size.Vcpus, (uint)qemu.Processors.Maximum),
            Memory = request.Size.Memory,
            Devices = devices,
            Backends = backends,
            NetworkNamespace = request.NetworkNamespace,
        };
    }

    private static SharedDirectoryKind? ShareKind(SharedFileSystem kind) => kind switch
    {
        SharedFileSystem.VirtioFs => SharedDirectoryKind.VirtioFs,
        SharedFileSystem.Virtio9p => SharedDirectoryKind.Virtio9p,
        _ => null,
    };
}
