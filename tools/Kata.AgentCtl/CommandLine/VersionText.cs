using System.Reflection;

namespace Kata.AgentCtl.CommandLine;

/// <summary>What <c>--version</c> prints.</summary>
internal static class VersionText
{
    /// <summary>One line: the name, the version and, where it is known, the commit.</summary>
    public static string Line
    {
        get
        {
            string version = typeof(VersionText).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
            int plus = version.IndexOf('+', StringComparison.Ordinal);
            return plus < 0 ? $"kata-agent-ctl {version}\n" : $"kata-agent-ctl {version[..plus]} (commit {version[(plus + 1)..]})\n";
        }
    }
}
