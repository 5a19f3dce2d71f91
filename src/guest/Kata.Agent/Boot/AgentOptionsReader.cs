using System.Globalization;
using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Boot;

/// <summary>Reads <see cref="AgentOptions"/>; names and rules are upstream's. The environment wins over the command line.</summary>
internal static class AgentOptionsReader
{
    private const string Prefix = "agent.";

    /// <summary>Reads the <c>agent.*</c> words and the environment.</summary>
    /// <exception cref="KataException">InvalidArgument: a value makes no sense; the message names its key.</exception>
    public static AgentOptions Read(KernelCommandLine commandLine, Func<string, string?> environment)
    {
        var options = new AgentOptions { UnifiedCgroups = WantsUnifiedCgroups(commandLine) };
        var ignored = new List<string>();
        foreach ((string key, string? value) in commandLine.Words)
        {
            if (key.StartsWith(Prefix, StringComparison.Ordinal))
            {
                options = Apply(options, key[Prefix.Length..], value, ignored);
            }
        }

        if (environment("KATA_AGENT_SERVER_ADDR") is { } address)
        {
            options = options with { ServerAddress = Required("KATA_AGENT_SERVER_ADDR", address) };
        }

        if (environment("KATA_AGENT_LOG_LEVEL") is { } level)
        {
            options = options with { LogLevel = Level("KATA_AGENT_LOG_LEVEL", level) };
        }

        if (environment("KATA_AGENT_TRACING") is { } tracing)
        {
            options = options with { Tracing = Flag(Required("KATA_AGENT_TRACING", tracing)) };
        }

        return options with { Ignored = ignored };
    }

    private static AgentOptions Apply(AgentOptions options, string key, string? value, List<string> ignored)
    {
        switch (key)
        {
            case "log":
                return options with { LogLevel = Level("agent.log", value) };
            case "server_addr":
                return options with { ServerAddress = Required("agent.server_addr", value) };
            case "hotplug_timeout":
                return options with { HotplugTimeout = TimeSpan.FromSeconds(Number("agent.hotplug_timeout", value, 1, 86400)) };
            case "container_pipe_size":
                return options with { ContainerPipeSize = (int)Number("agent.container_pipe_size", value, 0, 1 << 30) };
            case "unified_cgroup_hierarchy":
                return options; // read with its systemd sibling
            case "debug_console":
                ignored.Add(Prefix + key);
                return options with { DebugConsole = true };
            case "debug_console_vport":
                return options with { DebugConsolePort = (uint)Number("agent.debug_console_vport", value, 1, uint.MaxValue) };
            case "log_vport":
                ignored.Add(Prefix + key);
                return options with { LogPort = (uint)Number("agent.log_vport", value, 1, uint.MaxValue) };
            case "trace":
                ignored.Add(Prefix + key);
                return options with { Tracing = value is null || Flag(value) };
            default:
                ignored.Add(Prefix + key);
                return options;
        }
    }

    private static bool WantsUnifiedCgroups(KernelCommandLine commandLine)
    {
        if (commandLine.Value("cgroup_no_v1") == "all")
        {
            return true;
        }

        string? own = commandLine.Value("agent.unified_cgroup_hierarchy") ?? commandLine.Value("systemd.unified_cgroup_hierarchy");
        return own is not null && Flag(own);
    }

    // "true", "false" or an integer that counts as true unless 0; anything else is false, as upstream reads it.
    private static bool Flag(string text) =>
        text == "true" || (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number != 0);

    private static string Required(string key, string? value) =>
        string.IsNullOrEmpty(value) ? throw KataException.Invalid($"{key} has no value") : value;

    private static long Number(string key, string? value, long least, long most) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= least && number <= most
            ? number
            : throw KataException.Invalid($"{key}={Printable.Escape(value ?? string.Empty, 64)}: give a whole number from {least} to {most}");

    private static LogLevel Level(string key, string? text) => text switch
    {
        "fatal" or "panic" or "critical" => LogLevel.Critical,
        "error" => LogLevel.Error,
        "warn" or "warning" => LogLevel.Warning,
        "info" => LogLevel.Information,
        "debug" => LogLevel.Debug,
        "trace" => LogLevel.Trace,
        _ => throw KataException.Invalid($"{key}={Printable.Escape(text ?? string.Empty, 64)}: use critical, error, warn, info, debug or trace"),
    };
}
