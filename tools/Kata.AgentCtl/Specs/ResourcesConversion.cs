using Kata.Oci.Runtime;
using Proto = Kata.Protocols.Oci;

namespace Kata.AgentCtl.Specs;

/// <summary>Turns resource limits of a <c>config.json</c> into the agent's message, in which 0 means "not set".</summary>
internal static class ResourcesConversion
{
    /// <summary>Converts.</summary>
    /// <exception cref="Primitives.KataException">Unsupported: it has something that the protocol has no field for.</exception>
    public static Proto.LinuxResources Convert(LinuxResources resources)
    {
        NoField.Refuse(
            ("linux.resources.memory.useHierarchy", resources.Memory?.UseHierarchy is not null),
            ("linux.resources.memory.checkBeforeUpdate", resources.Memory?.CheckBeforeUpdate is not null));
        var message = new Proto.LinuxResources
        {
            Devices = { resources.Devices.Select(Convert) },
            Memory = resources.Memory is { } memory ? Convert(memory) : null,
            CPU = resources.Cpu is { } cpu ? Convert(cpu) : null,
            Pids = resources.Pids is { } pids ? new Proto.LinuxPids { Limit = pids.Limit } : null,
            BlockIO = resources.BlockIo is { } io ? Convert(io) : null,
            HugepageLimits = { resources.HugepageLimits.Select(limit => new Proto.LinuxHugepageLimit { Pagesize = limit.PageSize, Limit = limit.Limit }) },
            Network = resources.Network is { } network ? Convert(network) : null,
        };
        message.Unified.Add(resources.Unified.ToDictionary());
        foreach ((string device, LinuxRdma limit) in resources.Rdma)
        {
            message.Rdma.Add(device, Convert(limit));
        }

        return message;
    }

    private static Proto.LinuxRdma Convert(LinuxRdma limit)
    {
        var message = new Proto.LinuxRdma();
        if (limit.HcaHandles is { } handles)
        {
            message.HcaHandles = handles;
        }

        if (limit.HcaObjects is { } objects)
        {
            message.HcaObjects = objects;
        }

        return message;
    }

    // Runtimes send an absent number as 0, and the agent reads 0:0 as "any"; -1 is the kernel's way to leave one of them open.
    private static Proto.LinuxDeviceCgroup Convert(LinuxDeviceCgroup rule) => new()
    {
        Allow = rule.Allow,
        Type = rule.Type ?? "",
        Major = rule.Major ?? (rule.Minor is null ? 0 : -1),
        Minor = rule.Minor ?? (rule.Major is null ? 0 : -1),
        Access = rule.Access ?? "",
    };

    private static Proto.LinuxMemory Convert(LinuxMemory memory) => new()
    {
        Limit = memory.Limit ?? 0,
        Reservation = memory.Reservation ?? 0,
        Swap = memory.Swap ?? 0,
        Kernel = memory.Kernel ?? 0,
        KernelTCP = memory.KernelTcp ?? 0,
        Swappiness = memory.Swappiness ?? 0,
        DisableOOMKiller = memory.DisableOomKiller ?? false,
    };

    private static Proto.LinuxCPU Convert(LinuxCpu cpu)
    {
        var message = new Proto.LinuxCPU
        {
            Shares = cpu.Shares ?? 0,
            Quota = cpu.Quota ?? 0,
            Period = cpu.Period ?? 0,
            RealtimeRuntime = cpu.RealtimeRuntime ?? 0,
            RealtimePeriod = cpu.RealtimePeriod ?? 0,
            Cpus = cpu.Cpus ?? "",
            Mems = cpu.Mems ?? "",
        };
        if (cpu.Burst is { } burst)
        {
            message.Burst = burst;
        }

        if (cpu.Idle is { } idle)
        {
            message.Idle = idle;
        }

        return message;
    }

    private static Proto.LinuxBlockIO Convert(LinuxBlockIo io) => new()
    {
        Weight = io.Weight ?? 0u,
        LeafWeight = io.LeafWeight ?? 0u,
        WeightDevice =
        {
            io.WeightDevice.Select(device => new Proto.LinuxWeightDevice
            {
                Major = device.Major, Minor = device.Minor, Weight = device.Weight ?? 0u, LeafWeight = device.LeafWeight ?? 0u,
            }),
        },
        ThrottleReadBpsDevice = { io.ThrottleReadBpsDevice.Select(Convert) },
        ThrottleWriteBpsDevice = { io.ThrottleWriteBpsDevice.Select(Convert) },
        ThrottleReadIOPSDevice = { io.ThrottleReadIopsDevice.Select(Convert) },
        ThrottleWriteIOPSDevice = { io.ThrottleWriteIopsDevice.Select(Convert) },
    };

    private static Proto.LinuxThrottleDevice Convert(LinuxThrottleDevice device) => new() { Major = device.Major, Minor = device.Minor, Rate = device.Rate };

    private static Proto.LinuxNetwork Convert(LinuxNetwork network) => new()
    {
        ClassID = network.ClassId ?? 0,
        Priorities = { network.Priorities.Select(priority => new Proto.LinuxInterfacePriority { Name = priority.Name, Priority = priority.Priority }) },
    };
}
