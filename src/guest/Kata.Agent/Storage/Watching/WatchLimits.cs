namespace Kata.Agent.Storage.Watching;

/// <summary>How much of a shared directory is copied into the guest's memory so that changes in it can be noticed.</summary>
/// <param name="MaxEntries">Files, directories and links together.</param>
/// <param name="MaxBytes">Contents of all files.</param>
/// <param name="MaxDepth">Directories inside each other.</param>
internal sealed record WatchLimits(int MaxEntries, long MaxBytes, int MaxDepth)
{
    /// <summary>Eight times what a ConfigMap or Secret can hold, as a projected volume is made of several.</summary>
    public static WatchLimits Default { get; } = new(MaxEntries: 4096, MaxBytes: 8 << 20, MaxDepth: 32);
}
