namespace Kata.Linux.Security;

/// <summary>A system call filter in terms of names, as OCI configurations describe it; <see cref="SeccompProgram"/> makes it loadable.</summary>
/// <remarks>
/// For one system call a rule without conditions beats those with, and among equals the first wins; so it is in libseccomp, from which the format comes.
/// </remarks>
public sealed record SeccompFilter
{
    /// <summary>What happens to calls that no rule fits.</summary>
    public required SeccompAction DefaultAction { get; init; }

    /// <summary>ABIs besides the machine's own whose calls the rules apply to. Calls of any other ABI end the process.</summary>
    public IReadOnlyList<SeccompArchitecture> Architectures { get; init; } = [];

    /// <summary>How it is loaded.</summary>
    public SeccompFlags Flags { get; init; }

    /// <summary>The rules.</summary>
    public IReadOnlyList<SeccompRule> Rules { get; init; } = [];
}
