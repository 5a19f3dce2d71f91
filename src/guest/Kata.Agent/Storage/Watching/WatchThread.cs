using Kata.Primitives;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Storage.Watching;

/// <summary>
/// The thread that looks for changes of watched volumes. It exists only while there are any: a shared file system may keep it waiting, which must hold up
/// nobody else. Safe for concurrent use.
/// </summary>
/// <param name="period">The time between two looks.</param>
/// <param name="logger">Gets what goes wrong, once for each reason.</param>
internal sealed partial class WatchThread(TimeSpan period, ILogger logger)
{
    private const int StackBytes = 256 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<WatchedVolume, string> _volumes = []; // with the last complaint
    private readonly AutoResetEvent _wake = new(initialState: false);
    private Thread? _thread;
    private WatchedVolume? _current;
    private ManualResetEventSlim? _currentDone;

    /// <summary>Begins to look after a volume.</summary>
    public void Add(WatchedVolume volume)
    {
        lock (_gate)
        {
            _volumes.Add(volume, string.Empty);
            if (_thread is null)
            {
                _thread = new Thread(Run, StackBytes) { IsBackground = true, Name = "kata-watch" };
                _thread.Start();
            }
        }
    }

    /// <summary>Stops looking after a volume. Returns when no look at it is in progress any more; a look at another one is not waited for.</summary>
    public void Remove(WatchedVolume volume)
    {
        ManualResetEventSlim? inProgress;
        lock (_gate)
        {
            inProgress = _current == volume ? _currentDone : null;
            _volumes.Remove(volume);
            if (_volumes.Count == 0)
            {
                _wake.Set();
            }
        }

        inProgress?.Wait();
    }

    private void Run()
    {
        while (true)
        {
            _wake.WaitOne(period);
            WatchedVolume[] volumes;
            lock (_gate)
            {
                if (_volumes.Count == 0)
                {
                    _thread = null;
                    return;
                }

                volumes = [.. _volumes.Keys];
            }

            foreach (WatchedVolume volume in volumes)
            {
                Look(volume);
            }
        }
    }

    private void Look(WatchedVolume volume)
    {
        lock (_gate)
        {
            if (!_volumes.ContainsKey(volume))
            {
                return;
            }

            _current = volume;
            _currentDone = new ManualResetEventSlim(initialState: false);
        }

        string complaint = string.Empty;
        try
        {
            volume.Update();
        }
#pragma warning disable CA1031 // Whatever one volume's source does, the others are looked after, and this one again later.
        catch (Exception error)
#pragma warning restore CA1031
        {
            complaint = error is KataException ? error.Message : error.ToString();
        }
        finally
        {
            Settle(volume, complaint);
        }
    }

    private void Settle(WatchedVolume volume, string complaint)
    {
        bool isNew;
        lock (_gate)
        {
            isNew = _volumes.TryGetValue(volume, out string? last) && last != complaint;
            if (isNew)
            {
                _volumes[volume] = complaint;
            }

            _currentDone?.Set();
            (_current, _currentDone) = (null, null);
        }

        if (isNew && complaint.Length > 0)
        {
            LogNotUpdated(logger, volume.Target, Printable.Clean(complaint, 512));
        }
    }

    [LoggerMessage(EventId = 840, Level = LogLevel.Warning, Message = "watched volume {Volume} keeps its content: {Reason}")]
    private static partial void LogNotUpdated(ILogger logger, string volume, string reason);
}
