using System.Text.Json.Serialization;

namespace Kata.Oci.Runtime;

/// <summary>Limits applied through control groups.</summary>
public sealed record LinuxResources
{
    /// <summary>Rules of device access; later ones win.</summary>
    public IReadOnlyList<LinuxDeviceCgroup> Devices { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Memory limits.</summary>
    public LinuxMemory? Memory { get; init; }

    /// <summary>CPU limits.</summary>
    public LinuxCpu? Cpu { get; init; }

    /// <summary>Limit of tasks.</summary>
    public LinuxPids? Pids { get; init; }

    /// <summary>I/O limits.</summary>
    [JsonPropertyName("blockIO")]
    public LinuxBlockIo? BlockIo { get; init; }

    /// <summary>Limits by size of huge pages.</summary>
    public IReadOnlyList<LinuxHugepageLimit> HugepageLimits { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Class and priorities of packets.</summary>
    public LinuxNetwork? Network { get; init; }

    /// <summary>Limits by RDMA device.</summary>
    public IReadOnlyDictionary<string, LinuxRdma> Rdma { get; init => field = JsonCollections.Checked(value); } = JsonCollections.Empty<LinuxRdma>();

    /// <summary>Files of the cgroup v2 directory and what to write to them.</summary>
    public IReadOnlyDictionary<string, string> Unified { get; init => field = JsonCollections.Checked(value); } = JsonCollections.Empty<string>();
}
