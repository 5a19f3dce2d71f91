namespace Kata.Oci.Runtime;

/// <summary>One program to run.</summary>
public sealed record Hook
{
    /// <summary>Absolute path.</summary>
    public string Path { get; init => field = value ?? ""; } = "";

    /// <summary>Arguments, the program's name first.</summary>
    public IReadOnlyList<string> Args { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>The whole environment.</summary>
    public IReadOnlyList<string> Env { get; init => field = JsonCollections.Checked(value); } = [];

    /// <summary>Seconds until it is killed; null waits without bound.</summary>
    public int? Timeout { get; init; }
}
