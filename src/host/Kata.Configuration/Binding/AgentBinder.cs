using Kata.Primitives;

namespace Kata.Configuration.Binding;

internal static class AgentBinder
{
    private static readonly string[] Levels = ["", "critical", "error", "warn", "warning", "info", "debug", "trace"];

    internal static AgentConfiguration Bind(TableReader table, Problems problems)
    {
        string level = table.Text("log_level");
        if (!Levels.Contains(level))
        {
            problems.Add(table.LocationOf("log_level"), $"agent.kata.log_level must be one of {string.Join(", ", Levels.Skip(1))}, not \"{Printable.Escape(level, 40)}\"");
        }

        long milliseconds = table.Integer("reconnect_timeout_ms");
        return new AgentConfiguration
        {
            LogLevel = level.Length > 0 ? level : table.Flag("enable_debug") ? "debug" : null,
            DebugConsole = table.Flag("debug_console_enabled"),
            DialTimeout = milliseconds > 0 ? TimeSpan.FromMilliseconds(milliseconds) : table.IsSet("dial_timeout") ? table.OptionalSeconds("dial_timeout") : null,
            ContainerPipeSize = (int)table.Integer("container_pipe_size"),
            KernelModules = GuestKernelModuleReader.Read(table, problems),
            Policy = table.Text("policy"),
            CreateContainerTimeout = table.OptionalSeconds("create_container_timeout"),
        };
    }
}
