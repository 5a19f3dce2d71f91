using static Kata.Configuration.Keys.ConfigurationKey;

namespace Kata.Configuration.Keys;

internal static class NetmonKeys
{
    internal static KeyTable Table { get; } = new(KeyCatalog.Netmon, "The network monitor that older versions ran beside each sandbox.",
    [
        new("Monitor",
        [
            Flag("enable_netmon", false, "Run the network monitor.").Ignored(),
            Text("path", "/usr/libexec/kata-containers/kata-netmon", "The monitor's binary.").Ignored(),
            Flag("enable_debug", false, "More messages from the monitor.").Ignored(),
        ]),
    ]);
}
