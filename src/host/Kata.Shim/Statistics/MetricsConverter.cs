using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Kata.Linux.Cgroups;
using Kata.Primitives;
using Kata.Protocols.Agent;

namespace Kata.Shim.Statistics;

/// <summary>
/// Turns the guest's usage counters into the message containerd shows. Which one is a matter of the host: parts of containerd know only the message of the
/// host's version of cgroups. The guest may count by the other version; see <see cref="GuestCounters"/>.
/// </summary>
internal static class MetricsConverter
{
    private static readonly Lazy<CgroupVersion> Host = new(FindHost);

    /// <summary>Converts and packs for this host.</summary>
    public static Any ToAny(StatsContainerResponse stats) => ToAny(stats, Host.Value);

    /// <summary>Converts and packs, with the bare message name containerd looks for.</summary>
    /// <param name="stats">What the guest counted.</param>
    /// <param name="host">The version of cgroups on the host.</param>
    internal static Any ToAny(StatsContainerResponse stats, CgroupVersion host)
    {
        (string type, IMessage metrics) = host == CgroupVersion.V2
            ? ("io.containerd.cgroups.v2.Metrics", (IMessage)MetricsV2.Of(stats))
            : ("io.containerd.cgroups.v1.Metrics", MetricsV1.Of(stats));
        return new Any { TypeUrl = type, Value = metrics.ToByteString() };
    }

    private static CgroupVersion FindHost()
    {
        try
        {
            return CgroupHierarchy.Detect().Version;
        }
        catch (KataException error) when (error.Code == ErrorCode.FailedPrecondition)
        {
            return CgroupVersion.V1; // no cgroups at all: the message that every version of containerd knows
        }
    }
}
