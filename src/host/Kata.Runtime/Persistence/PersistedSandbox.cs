namespace Kata.Runtime.Persistence;

/// <summary>
/// What a sandbox leaves in <c>persist.json</c>: enough for another process to remove every trace of it. Property names and version are upstream's,
/// whose file holds more.
/// </summary>
public sealed record PersistedSandbox
{
    /// <summary>The format written here.</summary>
    public const int CurrentVersion = 2;

    /// <summary>The format of this file.</summary>
    public int PersistVersion { get; init; } = CurrentVersion;

    /// <summary><c>ready</c>, <c>running</c>, <c>paused</c> or <c>stopped</c>.</summary>
    public string State { get; init; } = "ready";

    /// <summary>The container that owns the sandbox.</summary>
    public string SandboxContainer { get; init; } = string.Empty;

    /// <summary>The cgroup of VMM and helpers, relative to the hierarchies' roots; empty: none was made.</summary>
    public string SandboxCgroupPath { get; init; } = string.Empty;

    /// <summary>The cgroup of what is not to be charged to the pod; empty: none was made.</summary>
    public string OverheadCgroupPath { get; init; } = string.Empty;

    /// <summary>The VMM.</summary>
    public PersistedHypervisor HypervisorState { get; init; } = new();

    /// <summary>The agent.</summary>
    public PersistedAgent AgentState { get; init; } = new();

    /// <summary>The network namespace.</summary>
    public PersistedNetwork Network { get; init; } = new();
}
