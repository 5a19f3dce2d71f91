namespace Kata.Configuration.Binding;

internal static class RuntimeBinder
{
    internal static RuntimeConfiguration Bind(TableReader table, Problems problems)
    {
        NetworkModel model = table.Text("internetworking_model") switch
        {
            "macvtap" => NetworkModel.MacVtap,
            "none" => NetworkModel.None,
            "bridged" => Bridged(table, problems),
            _ => NetworkModel.TcFilter,
        };
        bool keepNamespace = table.Flag("disable_new_netns");
        if (keepNamespace && model != NetworkModel.None)
        {
            problems.Add(table.LocationOf("disable_new_netns"), "runtime.disable_new_netns needs internetworking_model = \"none\"");
        }

        if (table.List("experimental") is { Count: > 0 } features)
        {
            problems.AddUnsupported(table.LocationOf("experimental"), $"runtime.experimental names {features[0]}, but there are no experimental features");
        }

        return new RuntimeConfiguration
        {
            EnableDebug = table.Flag("enable_debug"),
            LogLevel = table.OptionalText("log_level"),
            KeepAbnormal = table.Flag("keep_abnormal"),
            SandboxBindMounts = SandboxBindMountReader.Read(table, problems),
            NetworkModel = model,
            DisableNewNetworkNamespace = keepNamespace,
            SandboxCgroupOnly = table.Flag("sandbox_cgroup_only"),
            DisableGuestSeccomp = table.Flag("disable_guest_seccomp"),
            CreateContainerTimeout = TimeSpan.FromSeconds(table.Integer("create_container_timeout")),
        };
    }

    private static NetworkModel Bridged(TableReader table, Problems problems)
    {
        problems.AddUnsupported(table.LocationOf("internetworking_model"), "runtime.internetworking_model \"bridged\" is not supported; use \"tcfilter\"");
        return NetworkModel.TcFilter;
    }
}
