using Kata.Linux.Processes;
using Kata.Primitives;
using Kata.Protocols.Oci;

namespace Kata.Agent.Processes;

/// <summary>Reads a specification's words about scheduling, priorities, personality and labels.</summary>
internal static class ProcessTraitsReader
{
    private const uint MaxUmask = 0x1ff; // 0777
    private const uint Personality32 = 8; // PER_LINUX32

    /// <summary>Reads them.</summary>
    /// <exception cref="KataException">InvalidArgument: a word or number that the kernel does not know.</exception>
    public static ProcessTraits Read(Process process, LinuxPersonality? personality) => new()
    {
        Umask = process.User is { HasUmask: true } user ? RequireUmask(user.Umask) : null,
        Scheduler = process.Scheduler is null ? null : Scheduler(process.Scheduler),
        IoPriority = process.IOPriority is null ? null : IoPriority(process.IOPriority),
        Personality = personality is null ? null : Domain(personality),
        Label = SecurityModules.LabelFor(process.ApparmorProfile, process.SelinuxLabel),
    };

    private static uint RequireUmask(uint umask) =>
        umask <= MaxUmask ? umask : throw KataException.Invalid($"process.user.umask {umask} is no mask: 0 to 511, which is octal 777");

    private static SchedulerSettings Scheduler(LinuxScheduler scheduler)
    {
        SchedulerFlags flags = SchedulerFlags.None;
        foreach (string flag in scheduler.Flags)
        {
            flags |= flag switch
            {
                "SCHED_FLAG_RESET_ON_FORK" => SchedulerFlags.ResetOnFork,
                "SCHED_FLAG_RECLAIM" => SchedulerFlags.Reclaim,
                "SCHED_FLAG_DL_OVERRUN" => SchedulerFlags.SignalOverrun,
                "SCHED_FLAG_KEEP_POLICY" => SchedulerFlags.KeepPolicy,
                "SCHED_FLAG_KEEP_PARAMS" => SchedulerFlags.KeepParameters,
                "SCHED_FLAG_UTIL_CLAMP_MIN" => SchedulerFlags.ClampMinimum,
                "SCHED_FLAG_UTIL_CLAMP_MAX" => SchedulerFlags.ClampMaximum,
                _ => throw Unknown("process.scheduler.flags", flag),
            };
        }

        return new SchedulerSettings
        {
            Policy = scheduler.Policy switch
            {
                "SCHED_OTHER" => SchedulerPolicy.Other,
                "SCHED_FIFO" => SchedulerPolicy.Fifo,
                "SCHED_RR" => SchedulerPolicy.RoundRobin,
                "SCHED_BATCH" => SchedulerPolicy.Batch,
                "SCHED_IDLE" => SchedulerPolicy.Idle,
                "SCHED_DEADLINE" => SchedulerPolicy.Deadline,
                var policy => throw Unknown("process.scheduler.policy", policy),
            },
            Flags = flags,
            Nice = scheduler.Nice is >= -20 and <= 19 ? scheduler.Nice : throw KataException.Invalid($"process.scheduler.nice {scheduler.Nice}: -20 to 19"),
            Priority = scheduler.Priority is >= 0 and <= 99
                ? (uint)scheduler.Priority
                : throw KataException.Invalid($"process.scheduler.priority {scheduler.Priority}: 0 to 99"),
            Runtime = scheduler.Runtime,
            Deadline = scheduler.Deadline,
            Period = scheduler.Period,
        };
    }

    private static (IoPriorityClass Class, int Level) IoPriority(LinuxIOPriority priority)
    {
        IoPriorityClass kind = priority.Class switch
        {
            "IOPRIO_CLASS_RT" => IoPriorityClass.RealTime,
            "IOPRIO_CLASS_BE" => IoPriorityClass.BestEffort,
            "IOPRIO_CLASS_IDLE" => IoPriorityClass.Idle,
            var other => throw Unknown("process.ioPriority.class", other),
        };
        return priority.Priority is >= 0 and <= 7
            ? (kind, priority.Priority)
            : throw KataException.Invalid($"process.ioPriority.priority {priority.Priority}: 0 to 7");
    }

    private static uint Domain(LinuxPersonality personality) => (personality.Domain, personality.Flags.Count) switch
    {
        ("LINUX", 0) => 0,
        ("LINUX32", 0) => Personality32,
        ("LINUX" or "LINUX32", _) => throw KataException.Invalid("linux.personality.flags: there are none"),
        var (domain, _) => throw Unknown("linux.personality.domain", domain),
    };

    private static KataException Unknown(string field, string word) => KataException.Invalid($"{field}: '{Printable.Escape(word, 64)}' is unknown");
}
