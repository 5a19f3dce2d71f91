using Kata.Primitives;
using DeviceRequest = Kata.Protocols.Agent.Device;

namespace Kata.Agent.Devices;

/// <summary>The devices of one container, checked: nothing is changed before <see cref="PrepareAsync"/>.</summary>
internal sealed class DevicePlan
{
    private const int MaxDevices = 256;

    private readonly List<Func<RollbackStack, CancellationToken, Task<Action>>> _steps = [];
    private readonly Dictionary<string, string> _guestNames = new(StringComparer.Ordinal);
    private readonly Google.Protobuf.Collections.RepeatedField<string>? _environment;
    private VfioPatience? _patience;

    /// <summary>The types of devices served, as the runtime sends them.</summary>
    public static IReadOnlyList<string> Types { get; } =
        ["blk", "mmioblk", "nvdimm", "scsi", "vfio", "vfio-pci", "vfio-gk", "vfio-pci-gk"];

    /// <summary>The names of PCI and mediated devices on the host, and what they are called in the guest; complete after <see cref="PrepareAsync"/>.</summary>
    public IReadOnlyDictionary<string, string> GuestNames => _guestNames;

    /// <summary>Checks the requests against a spec.</summary>
    /// <param name="requests">The devices.</param>
    /// <param name="spec">The container's spec, which is changed later.</param>
    /// <param name="devices">Those of the guest.</param>
    /// <exception cref="KataException">InvalidArgument: a request is wrong, or the spec does not have its device. Unsupported: no such type here.</exception>
    public DevicePlan(IReadOnlyList<DeviceRequest> requests, Protocols.Oci.Spec spec, GuestDevices devices)
    {
        if (requests.Count == 0)
        {
            return;
        }

        if (requests.Count > MaxDevices)
        {
            throw KataException.Invalid($"the request has {requests.Count} devices; the most is {MaxDevices}");
        }

        _environment = spec.Process?.Env;
        var inSpec = new SpecDevices(spec);
        foreach (DeviceRequest request in requests)
        {
            Validate(request);
            _steps.Add(Plan(request, inSpec, devices));
        }
    }

    /// <summary>Waits for the devices, and writes the guest's numbers into the spec once all are there.</summary>
    /// <param name="undo">Gets what is to be undone when the container goes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KataException">DeadlineExceeded: a device did not appear in time. Others as the types say.</exception>
    public async Task PrepareAsync(RollbackStack undo, CancellationToken cancellationToken)
    {
        var rewrites = new List<Action>();
        foreach (Func<RollbackStack, CancellationToken, Task<Action>> step in _steps)
        {
            rewrites.Add(await step(undo, cancellationToken).ConfigureAwait(false));
        }

        rewrites.ForEach(rewrite => rewrite());
        if (_environment is not null)
        {
            PciEnvironment.Rewrite(_environment, _guestNames); // once for all, as one device's guest address may be another's on the host
        }
    }

    private static void Validate(DeviceRequest request)
    {
        Require(request.Type.Length > 0, request, "has no type");
        Require(request.Id.Length > 0 || request.VmPath.Length > 0, request, "has neither an id nor a vm_path");
        Require(request.ContainerPath.Length > 0, request, "has no container_path");
    }

    private Func<RollbackStack, CancellationToken, Task<Action>> Plan(DeviceRequest request, SpecDevices inSpec, GuestDevices devices)
    {
        switch (request.Type)
        {
            case "blk" when request.Id.Length > 0:
                PciPath pci = PciPath.Parse(request.Id);
                return Block(request, inSpec, token => devices.FindBlockAsync(pci, token));
            case "scsi":
                var scsi = ScsiAddress.Parse(request.Id);
                return Block(request, inSpec, token => devices.FindBlockAsync(scsi, token));
            case "blk" or "mmioblk" or "nvdimm":
                Require(request.VmPath.Length > 0, request, "has no vm_path");
                _ = GuestDevices.RequireNodeName(request.VmPath);
                return Block(request, inSpec, token => devices.FindBlockAsync(request.VmPath, token));
            case "vfio" or "vfio-pci":
                return Vfio(request, inSpec, devices);
            case "vfio-gk" or "vfio-pci-gk":
                return GuestDriver(request, devices);
            case "blk-ccw" or "vfio-ap" or "vfio-ap-cold":
                throw KataException.Unsupported($"device type {request.Type} exists on s390x only");
            default:
                throw KataException.Unsupported($"device type '{Printable.Escape(request.Type, 64)}' is not supported in the guest; supported: {string.Join(", ", Types)}");
        }
    }

    private static Func<RollbackStack, CancellationToken, Task<Action>> Block(
        DeviceRequest request, SpecDevices inSpec, Func<CancellationToken, Task<DeviceNode>> find)
    {
        inSpec.Claim(request.ContainerPath, Linux.Paths.FileKind.BlockDevice);
        return async (_, token) =>
        {
            DeviceNode node = await find(token).ConfigureAwait(false);
            return () => inSpec.Rewrite(request.ContainerPath, node.Number, newPath: null);
        };
    }

    private Func<RollbackStack, CancellationToken, Task<Action>> Vfio(DeviceRequest request, SpecDevices inSpec, GuestDevices devices)
    {
        IReadOnlyList<VfioDevice> wanted = Options(request);
        inSpec.Claim(request.ContainerPath, Linux.Paths.FileKind.CharacterDevice);
        VfioPatience patience = _patience ??= devices.Vfio.NewPatience();
        return async (undo, token) =>
        {
            (DeviceNode group, IReadOnlyList<string> names) = await devices.Vfio.BindAsync(wanted, patience, undo, token).ConfigureAwait(false);
            Remember(wanted, names);
            inSpec.ClaimPlace(group.Path, request.ContainerPath);

            // The group has another number in the guest, and programs look for it by that.
            return () => inSpec.Rewrite(request.ContainerPath, group.Number, group.Path);
        };
    }

    private Func<RollbackStack, CancellationToken, Task<Action>> GuestDriver(DeviceRequest request, GuestDevices devices)
    {
        IReadOnlyList<VfioDevice> wanted = Options(request);
        return async (_, token) =>
        {
            var names = new List<string>();
            foreach (VfioDevice device in wanted)
            {
                names.Add(Path.GetFileName(await devices.FindVfioDeviceAsync(device, token).ConfigureAwait(false)));
            }

            // A driver of the guest's kernel takes it; the container sees what that makes of it, not the device.
            Remember(wanted, names);
            return static () => { };
        };
    }

    private void Remember(IReadOnlyList<VfioDevice> wanted, IReadOnlyList<string> names)
    {
        for (int i = 0; i < wanted.Count; i++)
        {
            _guestNames[wanted[i].HostAddress] = names[i];
        }
    }

    private static List<VfioDevice> Options(DeviceRequest request)
    {
        Require(request.Options.Count is > 0 and <= MaxDevices, request, $"has {request.Options.Count} options: give one for each PCI device of the group");
        return [.. request.Options.Select(VfioDevice.Parse)];
    }

    private static void Require(bool condition, DeviceRequest request, string problem)
    {
        if (!condition)
        {
            throw KataException.Invalid($"device '{Printable.Escape(request.ContainerPath, 128)}' of type '{Printable.Escape(request.Type, 64)}' {problem}");
        }
    }
}
