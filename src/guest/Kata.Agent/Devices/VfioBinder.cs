using Kata.Linux;
using Kata.Primitives;

namespace Kata.Agent.Devices;

/// <summary>Gives PCI devices to the guest's vfio-pci driver, for containers that drive hardware themselves.</summary>
internal sealed class VfioBinder(GuestDevices devices)
{
    private const string Driver = "vfio-pci";
    private const string Bus = "bus/pci";

    private readonly Sysfs _sysfs = devices.Sysfs;

    /// <summary>Binds the devices of one group and waits for the group's node.</summary>
    /// <param name="wanted">The devices; at least one.</param>
    /// <param name="undo">Gets the steps that give the devices back to their own drivers.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The group's node, and the guest's addresses of the devices in their order.</returns>
    /// <exception cref="KataException">
    /// Unsupported: the guest's kernel has no VFIO. FailedPrecondition: a device did not go to the driver. InvalidArgument: the devices are of several groups.
    /// DeadlineExceeded: a device did not appear in time.
    /// </exception>
    public async Task<(DeviceNode Group, IReadOnlyList<string> Addresses)> BindAsync(
        IReadOnlyList<VfioDevice> wanted, RollbackStack undo, CancellationToken cancellationToken)
    {
        if (!_sysfs.Exists($"{Bus}/drivers/{Driver}"))
        {
            throw KataException.Unsupported($"VFIO device {wanted[0].HostAddress}: the guest's kernel has no {Driver} driver (CONFIG_VFIO_PCI)");
        }

        var addresses = new List<string>();
        foreach (VfioDevice device in wanted)
        {
            addresses.Add(Path.GetFileName(await devices.FindPciAsync(device.GuestPath, cancellationToken).ConfigureAwait(false)));
        }

        string? group = null;
        foreach (string address in addresses)
        {
            undo.Push($"give PCI device {address} back to its driver", () => Release(address));
            Bind(address);
            string own = Group(address);
            if ((group ??= own) != own)
            {
                throw KataException.Invalid($"PCI devices {addresses[0]} and {address} are in different IOMMU groups, {group} and {own}: one device node is one group");
            }
        }

        return (await devices.FindVfioGroupAsync(group!, cancellationToken).ConfigureAwait(false), addresses);
    }

    private static bool IsGone(LinuxException error) => error.Errno is Errno.ENOENT or Errno.ENODEV;

    private void Bind(string address)
    {
        string device = $"{Bus}/devices/{address}";
        _sysfs.Write($"{device}/driver_override", Driver);
        string? present = _sysfs.LinkName($"{device}/driver");
        if (present == Driver)
        {
            return;
        }

        if (present is not null)
        {
            _sysfs.Write($"{Bus}/drivers/{present}/unbind", address);
        }

        _sysfs.Write($"{Bus}/drivers_probe", address);
        if (_sysfs.LinkName($"{device}/driver") is not Driver)
        {
            throw new KataException(ErrorCode.FailedPrecondition, $"PCI device {address} did not go to the driver {Driver}: is it alone in its IOMMU group?");
        }
    }

    private string Group(string address) =>
        _sysfs.LinkName($"{Bus}/devices/{address}/iommu_group") is { } group && group.All(char.IsAsciiDigit)
            ? group
            : throw new KataException(ErrorCode.FailedPrecondition, $"PCI device {address} is in no IOMMU group: the guest needs an IOMMU, or VFIO's no-IOMMU mode");

    private void Release(string address)
    {
        try
        {
            _sysfs.Write($"{Bus}/devices/{address}/driver_override", "\n");
            if (_sysfs.LinkName($"{Bus}/devices/{address}/driver") is Driver)
            {
                _sysfs.Write($"{Bus}/drivers/{Driver}/unbind", address);
                _sysfs.Write($"{Bus}/drivers_probe", address);
            }
        }
        catch (LinuxException error) when (IsGone(error))
        {
            // The host unplugged it already.
            return;
        }
    }
}
