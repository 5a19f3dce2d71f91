using static Kata.Configuration.Keys.ConfigurationKey;

namespace Kata.Configuration.Keys;

internal static class AgentKeys
{
    private const long DaySeconds = 86_400;

    internal static KeyTable Table { get; } = new(KeyCatalog.Agent, "The agent inside the VM, and how the host talks to it.",
    [
        new("Debugging",
        [
            Flag("enable_debug", false, "Debug messages from the agent."),
            Text("log_level", string.Empty, "Log level of the agent; wins over enable_debug."),
            Flag("enable_tracing", false, "Trace spans from the agent.").Ignored(),
            Flag("debug_console_enabled", false, "Let `kata-runtime exec` open a shell in the guest."),
        ]),
        new("Time limits",
        [
            Integer("dial_timeout", 45, "Seconds to wait for the agent's first answer, if the file says so and has no boot_timeout; 0 means boot_timeout's default.", maximum: DaySeconds),
            Integer("dial_timeout_ms", 0, "Milliseconds between attempts to reach the agent; 0 lets the runtime choose.", maximum: DaySeconds * 1000).Ignored(),
            Integer("reconnect_timeout_ms", 0, "Milliseconds to wait for the agent's first answer; 0 means dial_timeout.", maximum: DaySeconds * 1000),
            Integer("create_container_timeout", 0, "Seconds the guest may take to create a container; 0 means the runtime table's key.", maximum: DaySeconds),
            Integer("launch_process_timeout", 0, "Seconds the guest's own helper processes may take to come up; 0 means no limit.", maximum: DaySeconds).Ignored(),
            Integer("cdh_api_timeout", 0, "Seconds for the confidential data hub; 0 means its own default.", maximum: DaySeconds).Ignored(),
            Integer("cdh_api_timeout_ms", 0, "As cdh_api_timeout, in milliseconds.", maximum: DaySeconds * 1000).Ignored(),
        ]),
        new("Guest",
        [
            List("kernel_modules", [], "Modules loaded in the guest: a name and its parameters, separated by spaces."),
            Integer("container_pipe_size", 0, "Size in bytes of the pipes of container processes; 0 means the kernel's default.", maximum: 1 << 30),
            List("visible_cdi_devices", [], "CDI devices of the guest that containers may ask for.").Ignored(),
            Text("policy", string.Empty, "Policy in Rego that the agent gets before anything else; empty leaves it the one of its image, if any.") with { MaxDocument = AgentConfiguration.MaxPolicy },
        ]),
    ]);
}
