using Kata.Agent.Processes;
using Kata.Linux.Processes;
using Kata.Primitives;
using Kata.Protocols.Oci;

namespace Kata.Agent.Tests.Processes;

public sealed class ProcessTraitsReaderTests
{
    [Fact]
    public void Read_NothingSaid_IsNothing() => Assert.Equal(ProcessTraits.None, ProcessTraitsReader.Read(new Process { User = new User() }, null));

    [Fact]
    public void Read_All_IsWhatTheKernelTakes()
    {
        var process = new Process
        {
            User = new User { Umask = 0 },
            IOPriority = new LinuxIOPriority { Class = "IOPRIO_CLASS_IDLE", Priority = 7 },
            Scheduler = new LinuxScheduler { Policy = "SCHED_FIFO", Priority = 9, Flags = { "SCHED_FLAG_RESET_ON_FORK" } },
        };

        ProcessTraits traits = ProcessTraitsReader.Read(process, new LinuxPersonality { Domain = "LINUX32" });

        Assert.Equal(0u, traits.Umask);
        Assert.Equal((IoPriorityClass.Idle, 7), traits.IoPriority);
        Assert.Equal(new SchedulerSettings { Policy = SchedulerPolicy.Fifo, Priority = 9, Flags = SchedulerFlags.ResetOnFork }, traits.Scheduler);
        Assert.Equal(8u, traits.Personality);
    }

    [Fact]
    public void Read_OutOfRange_IsInvalid()
    {
        AssertInvalid("umask", new Process { User = new User { Umask = 512 } });
        AssertInvalid("ioPriority", new Process { IOPriority = new LinuxIOPriority { Class = "IOPRIO_CLASS_BE", Priority = 8 } });
        AssertInvalid("nice", new Process { Scheduler = new LinuxScheduler { Policy = "SCHED_OTHER", Nice = 20 } });
        AssertInvalid("scheduler.priority", new Process { Scheduler = new LinuxScheduler { Policy = "SCHED_RR", Priority = 100 } });
        AssertInvalid("SCHED_FLAG_X", new Process { Scheduler = new LinuxScheduler { Policy = "SCHED_RR", Flags = { "SCHED_FLAG_X" } } });
        AssertInvalid("apparmorProfile", new Process { ApparmorProfile = "a\nb" });
        Assert.Throws<KataException>(() => ProcessTraitsReader.Read(new Process(), new LinuxPersonality { Domain = "BSD" }));
        Assert.Throws<KataException>(() => ProcessTraitsReader.Read(new Process(), new LinuxPersonality { Domain = "LINUX", Flags = { "X" } }));
    }

    private static void AssertInvalid(string part, Process process) =>
        Assert.Contains(part, Assert.Throws<KataException>(() => ProcessTraitsReader.Read(process, null)).Message, StringComparison.Ordinal);
}
