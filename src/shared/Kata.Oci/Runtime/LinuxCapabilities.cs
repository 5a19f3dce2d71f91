namespace Kata.Oci.Runtime;

/// <summary>The five capability sets, by <c>CAP_</c> name.</summary>
public sealed record LinuxCapabilities
{
    /// <summary>What can ever be gained.</summary>
    public IReadOnlyList<string> Bounding { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>What is in force.</summary>
    public IReadOnlyList<string> Effective { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>What survives execve for files that ask for it.</summary>
    public IReadOnlyList<string> Inheritable { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>What may be put in force.</summary>
    public IReadOnlyList<string> Permitted { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>What survives execve of plain files.</summary>
    public IReadOnlyList<string> Ambient { get; init => field = JsonCollections.Checked(value); } = [];
}
