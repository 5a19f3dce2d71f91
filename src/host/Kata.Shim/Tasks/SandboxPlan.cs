using System.Globalization;
using Kata.Configuration;
using Kata.Oci.Runtime;
using Kata.Primitives;
using Kata.Runtime.Sandboxes;
using Kata.Runtime.Storage;
using Kata.Shim.Daemon;
using Microsoft.Extensions.Logging;

namespace Kata.Shim.Tasks;

/// <summary>Derives a sandbox from the spec of the container that owns it.</summary>
internal static class SandboxPlan
{
    private const string CpuQuota = "io.kubernetes.cri.sandbox-cpu-quota";
    private const string CpuPeriod = "io.kubernetes.cri.sandbox-cpu-period";
    private const string MemoryLimit = "io.kubernetes.cri.sandbox-memory";

    public static SandboxOptions Of(string id, PodRole role, Spec spec, KataConfiguration configuration, ILogger logger) => new()
    {
        Id = id,
        Configuration = configuration,
        Logger = logger,
        Hostname = spec.Hostname ?? string.Empty,
        Dns = ResolverLines.Of(spec.Mounts),
        NetworkNamespace = spec.Linux?.Namespaces.FirstOrDefault(ns => ns.Type == "network")?.Path is { Length: > 0 } path ? path : null,
        Resources = role == PodRole.SingleContainer ? spec.Linux?.Resources : PodResources(spec.Annotations),
        CgroupsPath = spec.Linux?.CgroupsPath,
        ShmSize = ShmSize.Of(spec.Mounts),
    };

    private static LinuxResources? PodResources(IReadOnlyDictionary<string, string> annotations)
    {
        long? quota = Number(annotations, CpuQuota);
        long? period = Number(annotations, CpuPeriod);
        long? memory = Number(annotations, MemoryLimit);
        return quota is null && memory is null ? null : new LinuxResources
        {
            Cpu = quota is > 0 && period is > 0 ? new LinuxCpu { Quota = quota, Period = (ulong)period.Value } : null,
            Memory = memory is > 0 ? new LinuxMemory { Limit = memory } : null,
        };
    }

    private static long? Number(IReadOnlyDictionary<string, string> annotations, string key)
    {
        if (!annotations.TryGetValue(key, out string? text))
        {
            return null;
        }

        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw KataException.Invalid($"annotation {key}: '{Printable.Escape(text, 64)}' is not a number");
    }
}
