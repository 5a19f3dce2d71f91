using System.Text;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Agent.Boot;

/// <summary>Reads <see cref="AgentOptions"/>; names and rules are upstream's.</summary>
/// <remarks>
/// A configuration file, named by the agent's own command line or by <c>agent.config_file</c> on the kernel's, takes the place of all other words there; the
/// environment wins over both.
/// </remarks>
internal static class AgentOptionsReader
{
    private const string Prefix = "agent.";

    /// <summary>Reads the <c>agent.*</c> words, the file they name, and the environment.</summary>
    /// <param name="commandLine">The kernel's command line.</param>
    /// <param name="environment">Gives a variable or null.</param>
    /// <param name="file">The configuration file that the agent's own command line names; null for none.</param>
    /// <exception cref="KataException">InvalidArgument: a value makes no sense; the message names its key.</exception>
    /// <exception cref="Kata.Linux.LinuxException">The configuration file cannot be read.</exception>
    public static AgentOptions Read(KernelCommandLine commandLine, Func<string, string?> environment, string? file = null)
    {
        file ??= FileOf(commandLine);
        var ignored = new List<string>();
        AgentOptions options = file is null ? FromWords(commandLine, ignored) : FromFile(file, commandLine, ignored);
        foreach ((string variable, string key) in ((string, string)[])
            [
                ("KATA_AGENT_SERVER_ADDR", "server_addr"), ("KATA_AGENT_LOG_LEVEL", "log"), ("KATA_AGENT_TRACING", "trace"), ("KATA_AGENT_POLICY_FILE", "policy_file"), ("KATA_AGENT_TRACE_ADDR", "trace_addr"),
            ])
        {
            if (environment(variable) is { } value)
            {
                options = AgentSettings.Apply(options, key, new SettingValue(variable, value), ignored);
            }
        }

        // Without controllers of v1 there is only v2, whatever else was said.
        bool onlyUnified = commandLine.Value("cgroup_no_v1") == "all";
        return options with { Ignored = ignored, UnifiedCgroups = options.UnifiedCgroups || onlyUnified };
    }

    /// <summary>Reads the text of a configuration file.</summary>
    internal static AgentOptions FromText(string text, AgentOptions options, List<string> ignored)
    {
        // A time of seconds and nanoseconds comes in two settings, in any order.
        foreach ((string name, object value) in SettingsFile.Parse(text).Values.OrderBy(pair => pair.Key.EndsWith(".nanos", StringComparison.Ordinal)))
        {
            var setting = new SettingValue(name, value);
            options = name switch
            {
                "endpoints.allowed" => options with { AllowedEndpoints = setting.Texts.ToHashSet(StringComparer.Ordinal) },
                "hotplug_timeout.secs" => AgentSettings.Apply(options, "hotplug_timeout", setting, ignored),
                "hotplug_timeout.nanos" => options with { HotplugTimeout = options.HotplugTimeout + Nanoseconds(setting) },
                _ when name.EndsWith(".secs", StringComparison.Ordinal) => AgentSettings.Apply(options, name[..^5], setting, ignored),
                _ when name.EndsWith(".nanos", StringComparison.Ordinal) && Nanoseconds(setting) >= TimeSpan.Zero => options,
                _ => AgentSettings.Apply(options, name, setting, ignored),
            };
        }

        return options;
    }

    private static AgentOptions FromWords(KernelCommandLine commandLine, List<string> ignored)
    {
        AgentOptions options = WithCgroups(new AgentOptions(), commandLine);
        foreach ((string key, string? value) in commandLine.Words)
        {
            if (key.StartsWith(Prefix, StringComparison.Ordinal))
            {
                options = AgentSettings.Apply(options, key[Prefix.Length..], new SettingValue(key, value), ignored);
            }
        }

        return options;
    }

    private static AgentOptions FromFile(string path, KernelCommandLine commandLine, List<string> ignored)
    {
        foreach ((string key, _) in commandLine.Words)
        {
            if (key.StartsWith(Prefix, StringComparison.Ordinal) && key != Prefix + "config_file")
            {
                ignored.Add($"{key}, as there is a configuration file");
            }
        }

        string text = Encoding.UTF8.GetString(BoundedFile.Read(path, SettingsFile.MaxSize));
        try
        {
            // What systemd and the kernel are told counts, file or not: it says what is mounted.
            return FromText(text, WithCgroups(new AgentOptions(), commandLine), ignored);
        }
        catch (KataException error)
        {
            throw new KataException(error.Code, $"configuration file {Printable.Escape(path, 256)}: {error.Message}", error);
        }
    }

    private static string? FileOf(KernelCommandLine commandLine) =>
        commandLine.Has("agent.config_file") ? new SettingValue("agent.config_file", commandLine.Value("agent.config_file")).Text : null;

    private static AgentOptions WithCgroups(AgentOptions options, KernelCommandLine commandLine)
    {
        const string Systemd = "systemd.unified_cgroup_hierarchy";
        return commandLine.Value(Systemd) is { } value ? options with { UnifiedCgroups = new SettingValue(Systemd, value).Flag } : options;
    }

    private static TimeSpan Nanoseconds(SettingValue value) => TimeSpan.FromTicks(value.Number(0, 999_999_999) / TimeSpan.NanosecondsPerTick);
}
