using Kata.Primitives;

namespace Kata.Agent.Boot;

/// <summary>Every setting of the agent, of upstream's older and newer versions, and what it does to the options.</summary>
internal static class AgentSettings
{
    private const long MaxSeconds = 86400;

    /// <summary>Applies one setting.</summary>
    /// <param name="options">The options so far.</param>
    /// <param name="key">Its name, without prefix.</param>
    /// <param name="value">What was given.</param>
    /// <param name="ignored">Gets the name of a setting that does nothing here.</param>
    /// <exception cref="KataException">InvalidArgument: the value makes no sense.</exception>
    public static AgentOptions Apply(AgentOptions options, string key, SettingValue value, List<string> ignored)
    {
        switch (key)
        {
            case "log" or "log_level":
                return options with { LogLevel = value.Level };
            case "server_addr":
                return options with { ServerAddress = value.Text };
            case "hotplug_timeout":
                return options with { HotplugTimeout = TimeSpan.FromSeconds(value.Number(1, MaxSeconds)) };
            case "container_pipe_size":
                return options with { ContainerPipeSize = (int)value.Number(0, 1 << 30) };
            case "unified_cgroup_hierarchy":
                return options with { UnifiedCgroups = value.Flag };
            case "debug_console":
                return options with { DebugConsole = value.Switch };
            case "debug_console_vport":
                return options with { DebugConsolePort = value.Port };
            case "log_vport":
                return options with { LogPort = value.Port };
            case "passfd_listener_port":
                return options with { StreamPort = value.Port };
            case "trace" or "tracing":
                return options with { Tracing = value.Switch };
            case "trace_addr":
                return options with { TraceAddress = value.Text };
            case "policy_file":
                return options with { PolicyFile = value.Text };
            default:
                CheckInert(key, value);
                ignored.Add(value.Name);
                return options;
        }
    }

    /// <summary>
    /// Checks what a plain guest has no use for: the services of confidential guests, images pulled by the guest, devices by CDI, the memory agent. Unknown
    /// settings pass: a newer host may have some.
    /// </summary>
    private static void CheckInert(string key, SettingValue value)
    {
        switch (key)
        {
            case "devmode" or "dev_mode":
                _ = value.Switch;
                break;
            case "cdh_api_timeout" or "image_pull_timeout" or "cdi_timeout" or "launch_process_timeout":
                value.Number(1, MaxSeconds);
                break;
            case "visible_cdi_devices" or "secure_storage_integrity" or "mem_agent_enable" or "mem_agent_memcg_disable" or "mem_agent_memcg_swap"
                or "mem_agent_compact_disable":
                _ = value.Flag;
                break;
            case "guest_components_rest_api":
                value.OneOf("all", "attestation", "resource");
                break;
            case "guest_components_procs":
                value.OneOf("none", "attestation-agent", "confidential-data-hub", "api-server-rest");
                break;
            case "https_proxy" or "no_proxy":
                _ = value.Text;
                break;
            default:
                if (key.StartsWith("mem_agent_", StringComparison.Ordinal))
                {
                    value.Number(0, long.MaxValue);
                }

                break;
        }
    }
}
