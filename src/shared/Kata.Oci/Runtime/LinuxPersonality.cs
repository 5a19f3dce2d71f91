namespace Kata.Oci.Runtime;

/// <summary>Execution domain, as personality(2) takes it.</summary>
public sealed record LinuxPersonality
{
    /// <summary><c>LINUX</c> or <c>LINUX32</c>.</summary>
    public string Domain { get; init => field = value ?? ""; } = "";

    /// <summary>Further flags; none are defined yet.</summary>
    public IReadOnlyList<string> Flags { get; init => field = JsonCollections.Checked(value); } = [];
}
