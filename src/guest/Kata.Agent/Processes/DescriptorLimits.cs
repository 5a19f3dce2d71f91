using Kata.Linux.Hosts;
using Kata.Linux.Processes;
using Kata.Linux.Security;

namespace Kata.Agent.Processes;

/// <summary>How many descriptors a program may have that nobody says it of.</summary>
/// <remarks>
/// Those of systemd's services. The agent's own limit, a million, is its own need: many programs walk through all numbers below theirs before they start another,
/// and <c>select</c> ends at 1,024.
/// </remarks>
internal static class DescriptorLimits
{
    private const ulong MostSoft = 1024;
    private const ulong MostHard = 524288;

    /// <summary>Both limits, never above the agent's own.</summary>
    public static (ulong Soft, ulong Hard) Default
    {
        get
        {
            ulong hard = Math.Min(OwnDescriptors.HardLimit, MostHard);
            return (Math.Min(hard, MostSoft), hard);
        }
    }

    /// <summary>Gives a program the default limits.</summary>
    public static ProcessProgram LimitDescriptors(this ProcessProgram program)
    {
        (ulong soft, ulong hard) = Default;
        return program.SetRlimit(ResourceLimit.OpenFiles, soft, hard);
    }
}
