using Kata.Agent.Cgroups;
using Kata.Agent.Devices;
using Kata.Agent.Rootfs;
using Kata.Linux.Cgroups;
using Kata.Protocols.Oci;

namespace Kata.Agent.Containers;

/// <summary>The control group of one container.</summary>
internal sealed class ContainerCgroup
{
    private static readonly TimeSpan DeleteTime = TimeSpan.FromSeconds(10);

    private readonly CgroupHierarchy _hierarchy;

    private ContainerCgroup(CgroupHierarchy hierarchy, ICgroup group)
    {
        _hierarchy = hierarchy;
        Group = group;
    }

    /// <summary>The group.</summary>
    public ICgroup Group { get; }

    /// <summary>What shows it inside the container.</summary>
    public CgroupMounter Mounter => new(_hierarchy, Group.Path);

    /// <summary>Makes the group and sets its limits. A call that fails leaves nothing.</summary>
    public static async Task<ContainerCgroup> CreateAsync(
        CgroupHierarchy hierarchy, string path, Spec spec, GuestDisks disks, CancellationToken cancellationToken)
    {
        ICgroup group = hierarchy.Open(path);
        try
        {
            hierarchy.Create(path, MayMakeGroups(spec)); // on v1 it is one directory for each hierarchy, of which some may be there when another cannot be made
            // Refused rules must not cost the limits: each part is set on its own.
            LinuxResources? resources = spec.Linux.Resources;
            if (resources is not null)
            {
                group.Apply(ResourceMapping.Limits(resources));
            }

            ProcessReserve.Keep(group, resources);
            var devices = DeviceRules.For(disks, hierarchy.Version, Sysfs.Guest);
            group.Apply(new CgroupLimits { Devices = devices.Compose(spec.Linux.Devices, resources?.Devices ?? []) });
            return new ContainerCgroup(hierarchy, group);
        }
        catch
        {
            await group.DeleteAsync(DeleteTime, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    private static bool MayMakeGroups(Spec spec) =>
        spec.Mounts.Any(mount => mount.Destination.StartsWith(CgroupHierarchy.DefaultRoot, StringComparison.Ordinal) && !mount.Options.Contains("ro"));

    /// <summary>Changes limits while it runs.</summary>
    public void Update(LinuxResources resources) => Group.Apply(ResourceMapping.Limits(resources));

    /// <summary>Opens what the first process comes into the group by.</summary>
    public OpenCgroups OpenForBirth() => OpenCgroups.ToBeBornIn(_hierarchy, Group);

    /// <summary>Opens what a process writes to in order to join.</summary>
    public OpenCgroups OpenProcessFiles() => OpenCgroups.Of(_hierarchy, Group);

    /// <summary>Removes the group; its processes must be gone.</summary>
    public async ValueTask DeleteAsync() => await Group.DeleteAsync(DeleteTime, CancellationToken.None).ConfigureAwait(false);
}
