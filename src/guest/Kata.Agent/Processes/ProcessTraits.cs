using System.Text;
using Kata.Linux.Processes;

namespace Kata.Agent.Processes;

/// <summary>What a specification says about a process beside users, limits and capabilities; what is null is left as it is.</summary>
internal sealed record ProcessTraits
{
    /// <summary>Nothing.</summary>
    public static ProcessTraits None { get; } = new();

    /// <summary>The file mode creation mask.</summary>
    public uint? Umask { get; init; }

    /// <summary>How it is scheduled.</summary>
    public SchedulerSettings? Scheduler { get; init; }

    /// <summary>Class and level of its I/O priority.</summary>
    public (IoPriorityClass Class, int Level)? IoPriority { get; init; }

    /// <summary>Its execution domain.</summary>
    public uint? Personality { get; init; }

    /// <summary>The guest's file that takes a security label for the program to be executed, and the label.</summary>
    public (string File, string Value)? Label { get; init; }

    /// <summary>Adds the label; needs the guest's /proc.</summary>
    public void AddLabelTo(ProcessProgram program)
    {
        if (Label is var (file, value))
        {
            program.WriteFile(file, Encoding.UTF8.GetBytes(value));
        }
    }

    /// <summary>Adds scheduling, priority and personality; needs the guest's root for some of them.</summary>
    public void AddTo(ProcessProgram program)
    {
        if (Scheduler is not null)
        {
            program.SetScheduler(Scheduler);
        }

        if (IoPriority is var (kind, level))
        {
            program.SetIoPriority(kind, level);
        }

        if (Personality is { } persona)
        {
            program.SetPersonality(persona);
        }
    }
}
