namespace Kata.Linux.Cgroups;

/// <summary>Reports processes of a group that were killed for lack of memory.</summary>
public interface ICgroupOomWatch : IDisposable
{
    /// <summary>Waits for the next kill. One call at a time.</summary>
    /// <returns>True when the group ran out of memory; false when it was removed: there will be no more.</returns>
    ValueTask<bool> WaitAsync(CancellationToken cancellationToken);
}
