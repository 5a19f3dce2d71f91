namespace Kata.AgentCtl.CommandLine;

/// <summary>What the exit code tells a script.</summary>
internal static class ExitCodes
{
    /// <summary>Every command succeeded.</summary>
    public const int Success = 0;

    /// <summary>The agent refused a command, or a command failed here before it was sent.</summary>
    public const int CommandFailed = 1;

    /// <summary>The command line is wrong; nothing was done.</summary>
    public const int Usage = 2;

    /// <summary>The agent cannot be reached, or the connection to it was lost.</summary>
    public const int Unreachable = 3;
}
