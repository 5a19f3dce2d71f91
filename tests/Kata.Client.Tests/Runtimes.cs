namespace Kata.Client.Tests;

/// <summary>Which runtime the suite drives: ours, or runc to check the suite itself against the runtime everybody knows.</summary>
internal static class Runtimes
{
    /// <summary>The runtime's name for containerd; the variable KATA_CLIENT_RUNTIME changes it.</summary>
    internal static string Name { get; } = Environment.GetEnvironmentVariable("KATA_CLIENT_RUNTIME") is { Length: > 0 } name ? name : "io.containerd.kata.v2";

    /// <summary>Whether it is ours.</summary>
    internal static bool IsKata => Name.Contains("kata", StringComparison.Ordinal);
}
