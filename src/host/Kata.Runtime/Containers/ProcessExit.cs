namespace Kata.Runtime.Containers;

/// <summary>How a process in the guest ended.</summary>
/// <param name="Status">As a shell shows it: the exit code, or 128 plus the signal; 255 when it is not known.</param>
/// <param name="At">When it was seen.</param>
public sealed record ProcessExit(int Status, DateTimeOffset At)
{
    /// <summary>The status of a process whose end nobody could see.</summary>
    public const int Unknown = 255;

    /// <summary>The status of a process that went down with its VM.</summary>
    public const int Killed = 128 + 9;
}
