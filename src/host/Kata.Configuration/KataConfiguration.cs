using Kata.Configuration.Documents;
using Kata.Primitives;

namespace Kata.Configuration;

/// <summary>Everything the configuration says, with defaults filled in. Immutable.</summary>
public sealed record KataConfiguration
{
    /// <summary>The file it was loaded from, links resolved; drop-ins beside it may have changed it.</summary>
    public required string SourcePath { get; init; }

    /// <summary>The QEMU driver's part; null when another driver was selected.</summary>
    public required QemuConfiguration? Qemu { get; init; }

    /// <summary>The agent's part.</summary>
    public required AgentConfiguration Agent { get; init; }

    /// <summary>The runtime's part.</summary>
    public required RuntimeConfiguration Runtime { get; init; }

    /// <summary>The VM factory's part.</summary>
    public required FactoryConfiguration Factory { get; init; }

    /// <summary>Where each key that was set comes from, by table and key, such as <c>hypervisor.qemu.kernel</c>.</summary>
    public IReadOnlyDictionary<string, SourceLocation> Origins { get; init; } = new Dictionary<string, SourceLocation>();

    /// <summary>Time the guest may take to create a container: the agent's key, else the runtime's.</summary>
    public TimeSpan CreateContainerTimeout => Agent.CreateContainerTimeout ?? Runtime.CreateContainerTimeout;

    /// <summary>The QEMU driver's part.</summary>
    /// <exception cref="KataException">Unsupported: another driver was selected.</exception>
    public QemuConfiguration RequireQemu() => Qemu ?? throw KataException.Unsupported($"{SourcePath} selects no [hypervisor.qemu]; no other driver exists");

    /// <summary>A key and where its value comes from, for messages: <c>hypervisor.qemu.kernel (/etc/kata-containers/configuration.toml:3:1)</c>.</summary>
    /// <param name="key">Table and key.</param>
    public string Describe(string key) =>
        Origins.TryGetValue(key, out SourceLocation location) ? $"{key} ({location})" : $"{key} (not set in {SourcePath}, so its default)";
}
