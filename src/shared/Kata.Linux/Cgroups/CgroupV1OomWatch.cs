using System.Globalization;
using Kata.Linux.Events;

namespace Kata.Linux.Cgroups;

/// <summary>Watches a memory group of version 1: the kernel counts up an eventfd, both for lack of memory and when the group is removed.</summary>
internal sealed class CgroupV1OomWatch : ICgroupOomWatch
{
    private readonly CgroupDirectory _directory;
    private readonly EventFd _events = new();

    internal CgroupV1OomWatch(CgroupDirectory directory)
    {
        _directory = directory;
        try
        {
            // Both descriptors are needed only for this write; the kernel keeps the eventfd itself.
            using Fd control = Fd.Open($"{directory.Path}/memory.oom_control", OpenFlags.ReadOnly);
            directory.Write("cgroup.event_control", string.Create(CultureInfo.InvariantCulture, $"{_events.Handle.Value} {control.Value}"));
        }
        catch
        {
            _events.Dispose();
            throw;
        }
    }

    public async ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        await _events.TakeAsync(cancellationToken).ConfigureAwait(false);
        return _directory.Exists;
    }

    public void Dispose() => _events.Dispose();
}
