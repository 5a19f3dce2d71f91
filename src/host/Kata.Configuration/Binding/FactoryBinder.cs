namespace Kata.Configuration.Binding;

internal static class FactoryBinder
{
    internal static FactoryConfiguration Bind(TableReader table) => new()
    {
        EnableTemplate = table.Flag("enable_template"),
        TemplatePath = table.Text("template_path"),
        CacheSize = (int)table.Integer("vm_cache_number"),
        CacheEndpoint = table.Text("vm_cache_endpoint"),
    };
}
