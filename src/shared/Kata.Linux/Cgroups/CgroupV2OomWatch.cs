using System.Text;

namespace Kata.Linux.Cgroups;

/// <summary>Watches a group of version 2: <c>memory.events</c> changes when something is killed.</summary>
/// <remarks>By the file itself, as the kernel allows a user only 128 instances of inotify(7).</remarks>
internal sealed class CgroupV2OomWatch : CgroupOomWatch
{
    private const int MaxFile = 4096;

    private ulong _seen;

    internal CgroupV2OomWatch(CgroupDirectory directory, Action report)
        : base(Fd.Open($"{directory.Path}/memory.events", OpenFlags.ReadOnly), report) =>
        Begin(() => _seen = Kills(), (poller, self) => poller.AddForChanges(self));

    /// <inheritdoc/>
    protected override bool HasNews()
    {
        ulong before = _seen;
        try
        {
            _seen = Kills();
        }
        catch (LinuxException)
        {
            return false; // the group is gone
        }

        return _seen > before;
    }

    private ulong Kills()
    {
        Span<byte> text = stackalloc byte[MaxFile];
        int length = FdIo.ReadAt(Events, text, 0);
        return CgroupText.Table(Encoding.ASCII.GetString(text[..length])).GetValueOrDefault("oom_kill");
    }
}
