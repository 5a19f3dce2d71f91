using System.Globalization;
using Kata.Linux.Events;

namespace Kata.Linux.Cgroups;

/// <summary>Watches a memory group of version 1: the kernel counts up an eventfd, both for lack of memory and when the group is removed.</summary>
internal sealed class CgroupV1OomWatch : CgroupOomWatch
{
    private readonly CgroupDirectory _directory;

    internal CgroupV1OomWatch(CgroupDirectory directory, Action report)
        : base(EventFd.MakeDescriptor(), report)
    {
        _directory = directory;
        Begin(Register, (poller, self) => poller.Add(self));
    }

    /// <inheritdoc/>
    protected override bool HasNews()
    {
        Span<byte> count = stackalloc byte[sizeof(ulong)];
        return FdIo.TryRead(Events, count, out _) == 0 && _directory.Exists;
    }

    private void Register()
    {
        // Both descriptors are needed only for this write; the kernel keeps the eventfd itself.
        using Fd control = Fd.Open($"{_directory.Path}/memory.oom_control", OpenFlags.ReadOnly);
        _directory.Write("cgroup.event_control", string.Create(CultureInfo.InvariantCulture, $"{Events.Value} {control.Value}"));
    }
}
