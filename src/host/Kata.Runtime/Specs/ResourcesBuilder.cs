using Kata.Oci.Runtime;
using Proto = Kata.Protocols.Oci;

namespace Kata.Runtime.Specs;

/// <summary>
/// Turns resource limits into the agent's message. Limits that speak of the host's disks, CPUs and memory nodes are left out, because the guest numbers
/// its own; absent values become 0, which the agent reads as "not set".
/// </summary>
public static class ResourcesBuilder
{
    /// <summary>Builds the message.</summary>
    public static Proto.LinuxResources Build(LinuxResources resources)
    {
        ArgumentNullException.ThrowIfNull(resources);
        var message = new Proto.LinuxResources
        {
            Memory = resources.Memory is null ? null : Build(resources.Memory),
            CPU = resources.Cpu is null ? null : Build(resources.Cpu),
            Pids = resources.Pids is { Limit: not 0 } pids ? new Proto.LinuxPids { Limit = pids.Limit } : null,
            BlockIO = resources.BlockIo is { Weight: { } weight and > 0 } ? new Proto.LinuxBlockIO { Weight = weight } : null,
        };
        message.Unified.Add(resources.Unified.ToDictionary());
        foreach ((string device, LinuxRdma limit) in resources.Rdma)
        {
            message.Rdma.Add(device, Build(limit));
        }

        message.HugepageLimits.AddRange(resources.HugepageLimits.Select(limit => new Proto.LinuxHugepageLimit { Pagesize = limit.PageSize, Limit = limit.Limit }));
        return message;
    }

    private static Proto.LinuxMemory Build(LinuxMemory memory) => new()
    {
        Limit = memory.Limit ?? 0,
        Reservation = memory.Reservation ?? 0,
        Swap = memory.Swap ?? 0,
        Kernel = memory.Kernel ?? 0,
        KernelTCP = memory.KernelTcp ?? 0,
        Swappiness = memory.Swappiness ?? 0,
        DisableOOMKiller = memory.DisableOomKiller ?? false,
    };

    private static Proto.LinuxCPU Build(LinuxCpu cpu)
    {
        var message = new Proto.LinuxCPU
        {
            Shares = cpu.Shares ?? 0,
            Quota = cpu.Quota ?? 0,
            Period = cpu.Period ?? 0,
            RealtimeRuntime = cpu.RealtimeRuntime ?? 0,
            RealtimePeriod = cpu.RealtimePeriod ?? 0,
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

    private static Proto.LinuxRdma Build(LinuxRdma limit)
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
}
