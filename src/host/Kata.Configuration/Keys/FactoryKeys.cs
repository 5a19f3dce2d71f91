using static Kata.Configuration.Keys.ConfigurationKey;

namespace Kata.Configuration.Keys;

internal static class FactoryKeys
{
    internal static KeyTable Table { get; } = new(KeyCatalog.Factory, "VMs made ready before they are needed.",
    [
        new("Templates",
        [
            Flag("enable_template", false, "Start VMs as clones of one that has already booted.").Ignored(),
            Text("template_path", "/run/vc/vm/template", "Directory of the template's memory and state.").Ignored(),
        ]),
        new("Cache",
        [
            Integer("vm_cache_number", 0, "Number of booted VMs kept waiting; 0 keeps none.", maximum: 4096).Ignored(),
            Text("vm_cache_endpoint", "/var/run/kata-containers/cache.sock", "Unix socket of the VM cache server.").Ignored(),
        ]),
    ]);
}
