using Kata.Linux.Events;

namespace Kata.Linux.Cgroups;

/// <summary>Watches a group of version 2: <c>memory.events</c> changes when something is killed.</summary>
internal sealed class CgroupV2OomWatch : ICgroupOomWatch
{
    private readonly CgroupDirectory _directory;
    private readonly Inotify _inotify = new();
    private ulong _seen;

    internal CgroupV2OomWatch(CgroupDirectory directory)
    {
        _directory = directory;
        try
        {
            _inotify.Add($"{directory.Path}/memory.events", InotifyMask.Modified);

            // The files say nothing when the group is removed, the directory above does.
            _inotify.Add(Path.GetDirectoryName(directory.Path)!, InotifyMask.Deleted | InotifyMask.OnlyDirectory);
            _seen = Kills();
        }
        catch
        {
            _inotify.Dispose();
            throw;
        }
    }

    public async ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!_directory.Exists)
            {
                return false;
            }

            ulong kills = Kills();
            if (kills > _seen)
            {
                _seen = kills;
                return true;
            }

            await _inotify.ReadAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => _inotify.Dispose();

    private ulong Kills() => _directory.ReadTable("memory.events").GetValueOrDefault("oom_kill");
}
