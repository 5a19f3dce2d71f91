using Kata.Linux.Events;

namespace Kata.Linux.Tests.Events;

public sealed class EventsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EventFd_Signalled_GivesTheSum()
    {
        using var counter = new EventFd();
        Assert.Equal(0UL, counter.Take());
        ValueTask<ulong> wait = counter.TakeAsync(Token);

        counter.Signal(3);

        Assert.Equal(3UL, await wait.AsTask().WaitAsync(TimeSpan.FromSeconds(10), Token));
        counter.Signal();
        counter.Signal(2);
        Assert.Equal(3UL, await counter.TakeAsync(Token));
    }

    [Fact]
    public async Task Inotify_FileMadeAndWatchRemoved_Reports()
    {
        using var directory = new TemporaryDirectory();
        using var inotify = new Inotify();
        int watch = inotify.Add(directory.Path, InotifyMask.Created | InotifyMask.OnlyDirectory);
        ValueTask<IReadOnlyList<InotifyEvent>> read = inotify.ReadAsync(Token);

        File.WriteAllText(directory.Of("größe"), string.Empty);

        IReadOnlyList<InotifyEvent> events = await read.AsTask().WaitAsync(TimeSpan.FromSeconds(10), Token);
        Assert.Contains(new InotifyEvent(watch, InotifyMask.Created, "größe"), events);
        inotify.Remove(watch);
        inotify.Remove(watch);
        Assert.Contains((await inotify.ReadAsync(Token)), e => e.Mask.HasFlag(InotifyMask.Ignored));
    }

    [Fact]
    public void Inotify_CutOffEvent_IsRefused()
    {
        byte[] record = [1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, (byte)'a'];

        Assert.ThrowsAny<Exception>(() => Inotify.Parse(record));
        Assert.Single(Inotify.Parse([.. record, .. new byte[15]]));
    }
}
