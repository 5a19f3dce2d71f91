using System.Runtime.InteropServices;
using Kata.Linux.Paths;

namespace Kata.Linux.Events;

/// <summary>The system calls of this folder.</summary>
internal static unsafe partial class PollCalls
{
    internal const int CloseOnExec = 0x80000; // EPOLL_CLOEXEC, EFD_CLOEXEC, IN_CLOEXEC
    internal const int NonBlocking = 0x800; // EFD_NONBLOCK, IN_NONBLOCK
    internal const int ControlAdd = 1; // EPOLL_CTL_ADD
    internal const int ControlRemove = 2; // EPOLL_CTL_DEL
    internal const int ControlModify = 3; // EPOLL_CTL_MOD

    internal const uint In = 0x1; // EPOLLIN
    internal const uint Priority = 0x2; // EPOLLPRI
    internal const uint Out = 0x4; // EPOLLOUT
    internal const uint Error = 0x8; // EPOLLERR
    internal const uint HangUp = 0x10; // EPOLLHUP
    internal const uint ReadHangUp = 0x2000; // EPOLLRDHUP
    internal const uint Once = 1U << 30; // EPOLLONESHOT
    internal const uint EdgeTriggered = 1U << 31; // EPOLLET

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    internal static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    internal static partial int EpollControl(Fd epoll, int operation, Fd fd, byte* record);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    internal static partial int EpollWait(Fd epoll, byte* records, int count, int timeout);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollRecord* records, nuint count, int timeout);

    /// <summary>Waits for one descriptor, whatever signals come.</summary>
    /// <param name="fd">The descriptor.</param>
    /// <param name="events">What for, beside the errors and hang-ups that are always reported.</param>
    /// <param name="timeout">In milliseconds; 0 only looks, -1 waits without end.</param>
    /// <returns>What it is ready for; 0 after the timeout.</returns>
    /// <exception cref="LinuxException">As poll(2).</exception>
    internal static uint PollOne(Fd fd, uint events, int timeout)
    {
        var record = new PollRecord { Fd = fd.Value, Events = (short)events };
        while (Poll(&record, 1, timeout) < 0)
        {
            if (LinuxException.LastErrno() is var error && error != Errno.EINTR)
            {
                throw new LinuxException("poll", error, fd.Value);
            }
        }

        return (ushort)record.Returned;
    }

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    internal static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    internal static partial int InotifyInit(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial int InotifyAddWatch(Fd inotify, string path, uint mask);

    [LibraryImport("libc", EntryPoint = "inotify_rm_watch", SetLastError = true)]
    internal static partial int InotifyRemoveWatch(Fd inotify, int watch);
}
