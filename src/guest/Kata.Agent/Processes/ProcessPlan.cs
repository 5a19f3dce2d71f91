using Kata.Agent.Rootfs;
using Kata.Linux;
using Kata.Linux.Processes;
using Kata.Linux.Security;

namespace Kata.Agent.Processes;

/// <summary>Everything that is decided about a process before it is made.</summary>
internal sealed record ProcessPlan
{
    /// <summary>The directory of the cgroup that it is born in; null if it is born in the agent's.</summary>
    public Fd? Cgroup { get; init; }

    /// <summary>Open cgroup.procs files of the cgroups to join.</summary>
    public required IReadOnlyList<Fd> Cgroups { get; init; }

    /// <summary>Namespaces to enter, mounts last.</summary>
    public required IReadOnlyList<(Fd Namespace, CloneFlags Kind)> Namespaces { get; init; }

    /// <summary>Whether its view of cgroups begins at its own.</summary>
    public bool NewCgroupNamespace { get; init; }

    /// <summary>The clocks of a time namespace that it makes, as lines of /proc/PID/timens_offsets; null for none.</summary>
    public string? NewTimeOffsets { get; init; }

    /// <summary>The user namespace to enter once everything is done that needs the guest's root; null for none.</summary>
    public Fd? UserNamespace { get; init; }

    /// <summary>Holds the first process of a container before its root changes, for hooks that still see the guest's.</summary>
    public StartGate? HookGate { get; init; }

    /// <summary>What a specification says about a process beside the usual.</summary>
    public ProcessTraits Traits { get; init; } = ProcessTraits.None;

    /// <summary>Mounts that the first process of a container makes.</summary>
    public InitMounts? InitMounts { get; init; }

    /// <summary>The child's standard streams.</summary>
    public required IReadOnlyList<Fd> Stdio { get; init; }

    /// <summary>Whether they are a terminal.</summary>
    public required bool Terminal { get; init; }

    /// <summary>Who it runs as.</summary>
    public required ProcessIdentity Identity { get; init; }

    /// <summary>What it may do.</summary>
    public required CapabilityPlan Capabilities { get; init; }

    /// <summary>Resource limits: kind, soft, hard.</summary>
    public required IReadOnlyList<(ResourceLimit Limit, ulong Soft, ulong Hard)> Limits { get; init; }

    /// <summary>How gladly the kernel kills it when memory is short.</summary>
    public required int OomScoreAdjustment { get; init; }

    /// <summary>Whether it can never gain privileges by executing something.</summary>
    public required bool NoNewPrivileges { get; init; }

    /// <summary>Its system call filter, if any.</summary>
    public SeccompProgram? Seccomp { get; init; }

    /// <summary>Where it starts.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Where the program can be.</summary>
    public required IReadOnlyList<string> Candidates { get; init; }

    /// <summary>The arguments, the program's name included.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The environment.</summary>
    public required IReadOnlyList<string> Environment { get; init; }

    /// <summary>The gate that holds it until the host starts it; null to execute at once.</summary>
    public StartGate? Gate { get; init; }
}
