namespace Kata.Oci.Runtime;

/// <summary>System call filter.</summary>
public sealed record LinuxSeccomp
{
    /// <summary>What happens to calls no rule names.</summary>
    public string DefaultAction { get; init => field = value ?? ""; } = "";

    /// <summary>The errno for a default action that returns one.</summary>
    public uint? DefaultErrnoRet { get; init; }

    /// <summary>Names such as <c>SCMP_ARCH_X86_64</c>.</summary>
    public IReadOnlyList<string> Architectures { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Names such as <c>SECCOMP_FILTER_FLAG_LOG</c>.</summary>
    public IReadOnlyList<string> Flags { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Unix socket that gets the notification descriptor.</summary>
    public string? ListenerPath { get; init; }

    /// <summary>Text passed along with it.</summary>
    public string? ListenerMetadata { get; init; }

    /// <summary>Rules.</summary>
    public IReadOnlyList<LinuxSyscall> Syscalls { get; init => field = JsonCollections.Checked(value); } = [];
}
