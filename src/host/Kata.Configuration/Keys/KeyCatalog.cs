namespace Kata.Configuration.Keys;

/// <summary>Every table and key that a configuration file may have.</summary>
public static class KeyCatalog
{
    /// <summary>The table of the QEMU driver.</summary>
    public const string Qemu = "hypervisor.qemu";

    /// <summary>The table of the agent.</summary>
    public const string Agent = "agent.kata";

    /// <summary>The table of the runtime.</summary>
    public const string Runtime = "runtime";

    /// <summary>The table of the VM factory.</summary>
    public const string Factory = "factory";

    /// <summary>The table of image offloading.</summary>
    public const string Image = "image";

    /// <summary>The table of the former network monitor.</summary>
    public const string Netmon = "netmon";

    private static readonly Dictionary<string, KeyTable> ByName =
        new KeyTable[] { QemuKeys.Table, AgentKeys.Table, RuntimeKeys.Table, FactoryKeys.Table, ImageKeys.Table, NetmonKeys.Table }
            .ToDictionary(table => table.Name, StringComparer.Ordinal);

    /// <summary>The tables whose keys are known.</summary>
    public static IReadOnlyCollection<KeyTable> Tables => ByName.Values;

    /// <summary>Hypervisor tables that upstream knows and that have no driver here.</summary>
    internal static IReadOnlyList<string> HypervisorsWithoutDriver { get; } =
        ["clh", "cloud-hypervisor", "firecracker", "acrn", "dragonball", "stratovirt", "openvmm", "remote"];

    /// <summary>Finds a table; null when its keys are not known.</summary>
    public static KeyTable? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>Whether a table's content is left unread on purpose: drivers that are not here, and nested tables of the second upstream runtime.</summary>
    internal static bool IsPassedOver(string table) =>
        table is "agent.kata.mem_agent" or "runtime.shared_mounts" or Qemu + ".factory"
        || (table.StartsWith("hypervisor.", StringComparison.Ordinal) && HypervisorsWithoutDriver.Contains(table.Split('.')[1]));
}
