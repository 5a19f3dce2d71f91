using System.Text.Json.Serialization;

namespace Kata.Oci.Runtime;

/// <summary>The first process of a container, or one added to it.</summary>
public sealed record Process
{
    /// <summary>True if the process gets a terminal.</summary>
    public bool Terminal { get; init; }

    /// <summary>Size of that terminal at the start.</summary>
    public ConsoleSize? ConsoleSize { get; init; }

    /// <summary>Who the process runs as; null means root.</summary>
    public User? User { get; init; }

    /// <summary>Program and arguments.</summary>
    public IReadOnlyList<string> Args { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Environment, each as <c>NAME=value</c>.</summary>
    public IReadOnlyList<string> Env { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Absolute path of the working directory.</summary>
    public string Cwd { get; init => field = value ?? ""; } = "";

    /// <summary>Capability sets; null grants none.</summary>
    [JsonConverter(typeof(CapabilitiesConverter))]
    public LinuxCapabilities? Capabilities { get; init; }

    /// <summary>Resource limits.</summary>
    public IReadOnlyList<PosixRlimit> Rlimits { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>True to keep the process from ever gaining privileges.</summary>
    public bool NoNewPrivileges { get; init; }

    /// <summary>AppArmor profile by name.</summary>
    public string? ApparmorProfile { get; init; }

    /// <summary>SELinux label.</summary>
    public string? SelinuxLabel { get; init; }

    /// <summary>What the kernel's out-of-memory killer adds to the score, -1000 to 1000.</summary>
    public int? OomScoreAdj { get; init; }

    /// <summary>Scheduling policy.</summary>
    public LinuxScheduler? Scheduler { get; init; }

    /// <summary>I/O priority.</summary>
    public LinuxIoPriority? IoPriority { get; init; }

    /// <summary>CPUs of a process added to a container.</summary>
    [JsonPropertyName("execCPUAffinity")]
    public CpuAffinity? ExecCpuAffinity { get; init; }
}
