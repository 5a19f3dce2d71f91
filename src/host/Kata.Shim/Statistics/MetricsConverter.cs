using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Kata.Protocols.Agent;

namespace Kata.Shim.Statistics;

/// <summary>Turns the guest's usage counters into the message containerd shows: cgroup v1 metrics, or v2 where the guest counts by cgroup v2.</summary>
internal static class MetricsConverter
{
    /// <summary>Converts and packs, with the bare message name containerd looks for.</summary>
    public static Any ToAny(StatsContainerResponse stats)
    {
        (string type, IMessage metrics) = MetricsV2.Describes(stats)
            ? ("io.containerd.cgroups.v2.Metrics", (IMessage)MetricsV2.Of(stats))
            : ("io.containerd.cgroups.v1.Metrics", MetricsV1.Of(stats));
        return new Any { TypeUrl = type, Value = metrics.ToByteString() };
    }
}
