namespace Kata.Agent.Host;

/// <summary>The version of this build.</summary>
internal static class AgentVersion
{
    /// <summary>As in the file VERSION.</summary>
    public static string Text { get; } = typeof(AgentVersion).Assembly.GetName().Version?.ToString(fieldCount: 3) ?? "0.0.0";
}
