using System.Security.Cryptography;
using Kata.Protocols.Agent;

namespace Kata.AgentCtl.Api;

/// <summary>The guest: processors, memory, clock, entropy, and what can be observed of it.</summary>
internal static class GuestCommands
{
    /// <summary>The commands.</summary>
    public static readonly ApiCommand[] All =
    [
        ApiCommand.Of<GetMetricsRequest, Metrics>("GetMetrics", "Print the metrics of guest and agent", (c, r, o) => c.Agent.GetMetricsAsync(r, o)),
        ApiCommand.Of<GetOOMEventRequest, OOMEvent>("GetOOMEvent", "Wait for a container that runs out of memory", (c, r, o) => c.Agent.GetOOMEventAsync(r, o)),
        ApiCommand.Of<GetDiagnosticDataRequest, GetDiagnosticDataResponse>(
            "GetDiagnosticData", "Print diagnostic text, such as a termination log", (c, r, o) => c.Agent.GetDiagnosticDataAsync(r, o),
            new("log_type", "log_type", "KIND") { Default = _ => "termination_log", DefaultText = "termination_log" }, ApiArguments.Container),
        ApiCommand.Of<GuestDetailsRequest, GuestDetailsResponse>(
            "GetGuestDetails", "Print what the guest and its agent can do", (c, r, o) => c.Agent.GetGuestDetailsAsync(r, o),
            new("mem_block_size", "mem_block_size", "BOOL") { Default = _ => "true", DefaultText = "true" },
            new("mem_hotplug_probe", "mem_hotplug_probe", "BOOL") { Default = _ => "true", DefaultText = "true" }),
        ApiCommand.Of<OnlineCPUMemRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "OnlineCPUMem", "Bring plugged-in processors and memory into use", (c, r, o) => c.Agent.OnlineCPUMemAsync(r, o)),
        ApiCommand.Of<MemHotplugByProbeRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "MemHotplugByProbe", "Announce memory at physical addresses", (c, r, o) => c.Agent.MemHotplugByProbeAsync(r, o),
            new ApiArgument("memHotplugProbeAddr", "memHotplugProbeAddr", "HEX,…", ArgumentKind.HexList)),
        ApiCommand.Of<ReseedRandomDevRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "ReseedRandomDev", "Mix bytes into the guest's random pool", (c, r, o) => c.Agent.ReseedRandomDevAsync(r, o),
            new ApiArgument("data", "data", "TEXT|file://PATH|base64:TEXT")
            {
                Default = _ => "base64:" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(512)),
                DefaultText = "512 random bytes",
            }),
        ApiCommand.Of<SetGuestDateTimeRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "SetGuestDateTime", "Set the guest's clock", (c, r, o) => c.Agent.SetGuestDateTimeAsync(r, o),
            new("Sec", "sec", "SECONDS") { Default = _ => ApiArguments.Seconds(TimeProvider.System), DefaultText = "now" }, new("Usec", "usec", "MICROSECONDS")),
        ApiCommand.Of<AddSwapRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "AddSwap", "Swap on a block device, by its path of PCI slots", (c, r, o) => c.Agent.AddSwapAsync(r, o), new ApiArgument("PCIPath", "pci_path", "SLOT,…")),
        ApiCommand.Of<AddSwapPathRequest, Google.Protobuf.WellKnownTypes.Empty>(
            "AddSwapPath", "Swap on a device, by its path in the guest", (c, r, o) => c.Agent.AddSwapPathAsync(r, o), new ApiArgument("path", "path", "PATH")),
        ApiCommand.Of<MemAgentMemcgConfig, Google.Protobuf.WellKnownTypes.Empty>(
            "MemAgentMemcgSet", "Change the settings of cold-page reclaim", (c, r, o) => c.Agent.MemAgentMemcgSetAsync(r, o)),
        ApiCommand.Of<MemAgentCompactConfig, Google.Protobuf.WellKnownTypes.Empty>(
            "MemAgentCompactSet", "Change the settings of memory compaction", (c, r, o) => c.Agent.MemAgentCompactSetAsync(r, o)),
    ];
}
