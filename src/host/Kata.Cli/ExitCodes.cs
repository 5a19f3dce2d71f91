namespace Kata.Cli;

/// <summary>Exit codes that are ours and not the container's; the same as Docker's and Podman's.</summary>
internal static class ExitCodes
{
    /// <summary>Something failed before the user's program could run, or the command line is wrong.</summary>
    public const int Failed = 125;

    /// <summary>The program exists but cannot be executed.</summary>
    public const int NotExecutable = 126;

    /// <summary>There is no such program.</summary>
    public const int NotFound = 127;

    /// <summary>Added to the number of a signal.</summary>
    public const int SignalBase = 128;
}
