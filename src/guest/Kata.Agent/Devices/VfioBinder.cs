using System.Collections.Concurrent;
using System.Globalization;
using Kata.Linux;
using Kata.Linux.Processes;
using Kata.Primitives;

namespace Kata.Agent.Devices;

/// <summary>
/// Gives devices to VFIO, for containers that drive hardware themselves: PCI devices go to the guest's vfio-pci driver for as long as a container has them,
/// mediated devices are VFIO's from the start. Safe for concurrent use.
/// </summary>
/// <param name="devices">The guest's devices.</param>
/// <param name="timeout">How long to wait for a device that another container still has to let go of.</param>
/// <param name="time">The clock.</param>
internal sealed class VfioBinder(GuestDevices devices, TimeSpan timeout, TimeProvider time)
{
    private const string Driver = "vfio-pci";
    private const string Bus = "bus/pci";

    // Drivers that leave DMA to others (the kernel's driver_managed_dma); there are VFIO drivers for single products, too, such as mlx5-vfio-pci.
    private static readonly string[] HarmlessDrivers = ["pcieport", "pci-stub"];

    private readonly Sysfs _sysfs = devices.Sysfs;
    private readonly ConcurrentDictionary<string, VfioClaim> _claims = new(StringComparer.Ordinal);

    /// <summary>The time that a container's devices have to go back.</summary>
    public VfioPatience NewPatience() => new(time);

    /// <summary>Waits for the devices of one group, binds them and waits for the group's node.</summary>
    /// <param name="wanted">The devices; at least one.</param>
    /// <param name="patience">The container's, from <see cref="NewPatience"/>.</param>
    /// <param name="undo">Gets the steps that give the devices back to their own drivers.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The group's node, and the guest's names of the devices in their order.</returns>
    /// <exception cref="KataException">
    /// Unsupported: the guest's kernel has no VFIO. FailedPrecondition: the guest has no IOMMU, a device of the group is missing in the request, or a device
    /// did not go to the driver. InvalidArgument: the devices are of several groups. DeadlineExceeded: a device did not appear in time.
    /// </exception>
    public async Task<(DeviceNode Group, IReadOnlyList<string> Names)> BindAsync(
        IReadOnlyList<VfioDevice> wanted, VfioPatience patience, RollbackStack undo, CancellationToken cancellationToken)
    {
        if (wanted.Any(device => device.GuestPath is not null) && !_sysfs.Exists($"{Bus}/drivers/{Driver}"))
        {
            throw KataException.Unsupported($"VFIO device {wanted[0].HostAddress}: the guest's kernel has no {Driver} driver (CONFIG_VFIO_PCI)");
        }

        var found = new List<string>();
        foreach (VfioDevice device in wanted)
        {
            found.Add(await devices.FindVfioDeviceAsync(device, cancellationToken).ConfigureAwait(false));
        }

        string[] names = [.. found.Select(directory => Path.GetFileName(directory))];
        string? group = WithoutIommu() ? null : RequireGroup(found);
        for (int i = 0; i < found.Count; i++)
        {
            if (wanted[i].GuestPath is not null)
            {
                await TakeAsync(names[i], patience, undo, cancellationToken).ConfigureAwait(false);
            }
        }

        group ??= RequireGroup(found); // without an IOMMU the driver makes the group
        return (await devices.FindVfioGroupAsync(group, cancellationToken).ConfigureAwait(false), names);
    }

    private bool WithoutIommu() => _sysfs.Read("module/vfio/parameters/enable_unsafe_noiommu_mode") == "Y";

    /// <summary>The group that all of the devices are in, and nothing else that a driver uses.</summary>
    private string RequireGroup(List<string> found)
    {
        string? group = null;
        foreach (string directory in found)
        {
            string name = Path.GetFileName(directory);
            string own = _sysfs.LinkName($"{directory}/iommu_group") is { } number && number.All(char.IsAsciiDigit)
                ? number
                : throw new KataException(
                    ErrorCode.FailedPrecondition, $"device {name} is in no IOMMU group: the guest needs an IOMMU (enable_iommu of the hypervisor), or VFIO's no-IOMMU mode");
            if ((group ??= own) != own)
            {
                throw KataException.Invalid(
                    $"devices {Path.GetFileName(found[0])} and {name} are in different IOMMU groups, {group} and {own}: one device node is one group");
            }
        }

        string members = string.Create(CultureInfo.InvariantCulture, $"kernel/iommu_groups/{group}/devices");
        foreach (string other in _sysfs.List(members))
        {
            if (!found.Exists(directory => Path.GetFileName(directory) == other)
                && _sysfs.LinkName($"{members}/{other}/driver") is { } driver && !HarmlessDrivers.Contains(driver) && !driver.EndsWith(Driver, StringComparison.Ordinal))
            {
                throw new KataException(
                    ErrorCode.FailedPrecondition,
                    $"IOMMU group {group} has device {other}, too, which the driver {driver} uses: a container gets all of a group or nothing");
            }
        }

        return group!;
    }

    private async Task TakeAsync(string address, VfioPatience patience, RollbackStack undo, CancellationToken cancellationToken)
    {
        VfioClaim claim = _claims.GetOrAdd(address, static _ => new VfioClaim());
        if (!await claim.Gate.WaitAsync(timeout, cancellationToken).ConfigureAwait(false))
        {
            throw StillInUse(address);
        }

        try
        {
            claim.Users++;
            undo.Push($"give PCI device {address} back to its driver", () => GiveBackAsync(address, claim, patience));
            Bind(address);
        }
        finally
        {
            claim.Gate.Release();
        }
    }

    private async ValueTask GiveBackAsync(string address, VfioClaim claim, VfioPatience patience)
    {
        await claim.Gate.WaitAsync().ConfigureAwait(false);
        if (--claim.Users > 0)
        {
            claim.Gate.Release();
            return;
        }

        // Whoever was given a descriptor of the device by the container keeps the kernel waiting, and us with it; the gate stays closed that long.
        using var thread = new LauncherThread("vfio-release");
        Task released = thread.RunAsync(() =>
        {
            try
            {
                Release(address);
            }
            finally
            {
                claim.Gate.Release();
            }
        });
        try
        {
            await released.WaitAsync(patience.Left, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw StillInUse(address);
        }
    }

    private static KataException StillInUse(string address) => new(
        ErrorCode.FailedPrecondition, $"PCI device {address} is still in use by a process that a container gave it to; it goes back to its driver once that lets go");

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
            throw new KataException(ErrorCode.FailedPrecondition, $"PCI device {address} did not go to the driver {Driver}: the guest's kernel log says why");
        }
    }

    private void Release(string address)
    {
        try
        {
            _sysfs.Write($"{Bus}/devices/{address}/driver_override", "\n");
            string? present = _sysfs.LinkName($"{Bus}/devices/{address}/driver");
            if (present == Driver)
            {
                _sysfs.Write($"{Bus}/drivers/{Driver}/unbind", address);
                present = null;
            }

            if (present is null)
            {
                _sysfs.Write($"{Bus}/drivers_probe", address); // also where binding failed half-way
            }
        }
        catch (LinuxException error) when (IsGone(error))
        {
            // The host unplugged it already.
            return;
        }
    }
}
