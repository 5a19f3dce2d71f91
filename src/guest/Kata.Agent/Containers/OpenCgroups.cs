using Kata.Linux;

namespace Kata.Agent.Containers;

/// <summary>Open cgroup.procs files, one per hierarchy, for a process that is to join by itself.</summary>
internal sealed class OpenCgroups(IReadOnlyList<Fd> files) : IDisposable
{
    /// <summary>The files.</summary>
    public IReadOnlyList<Fd> Files { get; } = files;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Fd file in Files)
        {
            file.Dispose();
        }
    }
}
