using Kata.Oci.Runtime;
using Kata.Primitives;

namespace Kata.Runtime.Specs;

/// <summary>What of a specification needs an agent of ours, and what has no effect in a VM: nothing is dropped without a word.</summary>
public static class SpecReport
{
    /// <summary>What an agent that knows our fields says in its details.</summary>
    public const string Feature = "oci-1.2";

    private const uint DefaultErrno = 1; // EPERM, which is what agents that do not know better return

    /// <summary>Refuses what no VM can do.</summary>
    /// <exception cref="KataException">Unsupported: the specification asks for it.</exception>
    public static void Require(Spec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (spec.Linux?.IntelRdt is not null)
        {
            throw KataException.Unsupported("linux.intelRdt is not supported: a VM's processors have no cache allocation of their own; set it for the VM's cgroup on the host");
        }

        if (spec.Linux?.Seccomp?.ListenerPath is { Length: > 0 })
        {
            throw KataException.Unsupported("linux.seccomp.listenerPath is not supported: a supervisor on the host cannot reach into the guest");
        }
    }

    /// <summary>The fields that upstream's messages do not have, as JSON paths.</summary>
    public static IReadOnlyList<string> NeedsOurAgent(Spec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var fields = new List<string>();
        Add(fields, !string.IsNullOrEmpty(spec.Domainname), "domainname");
        Add(fields, spec.Mounts.Any(mount => mount.UidMappings.Count + mount.GidMappings.Count > 0), "mounts[].uidMappings");
        if (spec.Process is { } process)
        {
            fields.AddRange(NeedsOurAgent(process));
        }

        if (spec.Linux is { } linux)
        {
            Add(fields, linux.Personality is { Domain: not "LINUX" }, "linux.personality");
            Add(fields, linux.TimeOffsets.Count > 0, "linux.timeOffsets");
            Add(fields, linux.Seccomp?.DefaultErrnoRet is not (null or DefaultErrno), "linux.seccomp.defaultErrnoRet");
            fields.AddRange(NeedsOurAgent(linux.Resources));
        }

        return fields;
    }

    /// <summary>The same of a process.</summary>
    public static IReadOnlyList<string> NeedsOurAgent(Process process)
    {
        ArgumentNullException.ThrowIfNull(process);
        var fields = new List<string>();
        Add(fields, process.User?.Umask is not null, "process.user.umask");
        Add(fields, process.IoPriority is not null, "process.ioPriority");
        Add(fields, process.Scheduler is not null, "process.scheduler");
        return fields;
    }

    /// <summary>The same of resources; null has none.</summary>
    public static IReadOnlyList<string> NeedsOurAgent(LinuxResources? resources)
    {
        var fields = new List<string>();
        Add(fields, resources?.Unified.Count > 0, "linux.resources.unified");
        Add(fields, resources?.Rdma.Count > 0, "linux.resources.rdma");
        Add(fields, resources?.Cpu?.Burst is not null, "linux.resources.cpu.burst");
        Add(fields, resources?.Cpu?.Idle is not null, "linux.resources.cpu.idle");
        return fields;
    }

    /// <summary>What a user may miss because it speaks of the host, as JSON paths with a reason.</summary>
    public static IReadOnlyList<string> WithoutEffect(Spec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var fields = new List<string>();
        LinuxResources? resources = spec.Linux?.Resources;
        Add(fields, !string.IsNullOrEmpty(resources?.Cpu?.Cpus) || !string.IsNullOrEmpty(resources?.Cpu?.Mems), "linux.resources.cpu.cpus and .mems (the guest numbers its own processors)");
        Add(fields, resources?.BlockIo is { } io && io != new LinuxBlockIo { Weight = io.Weight }, "linux.resources.blockIO but weight (the guest numbers its own disks)");
        Add(fields, resources?.Network is { } network && network != new LinuxNetwork(), "linux.resources.network (the class of packets ends at the VM)");
        Add(fields, resources?.Memory?.CheckBeforeUpdate == true, "linux.resources.memory.checkBeforeUpdate (the guest's kernel reclaims what it can)");
        Add(fields, spec.Process?.ExecCpuAffinity is not null, "process.execCPUAffinity (the guest numbers its own processors)");
        Add(fields, !string.IsNullOrEmpty(spec.Linux?.MountLabel) || !string.IsNullOrEmpty(spec.Process?.SelinuxLabel), "SELinux labels (the guest has no such policy)");
        return fields;
    }

    private static void Add(List<string> fields, bool isSet, string field)
    {
        if (isSet)
        {
            fields.Add(field);
        }
    }
}
