using System.Runtime.InteropServices;
using Kata.Linux.Paths;

namespace Kata.Linux.Events;

/// <summary>The system calls of this folder.</summary>
internal static unsafe partial class PollCalls
{
    internal const int CloseOnExec = 0x80000; // EPOLL_CLOEXEC, EFD_CLOEXEC, IN_CLOEXEC
    internal const int NonBlocking = 0x800; // EFD_NONBLOCK, IN_NONBLOCK
    internal const int ControlAdd = 1;
    internal const int ControlRemove = 2;
    internal const int ControlModify = 3;

    internal const uint In = 0x1;
    internal const uint Priority = 0x2;
    internal const uint Out = 0x4;
    internal const uint Error = 0x8;
    internal const uint HangUp = 0x10;
    internal const uint ReadHangUp = 0x2000;
    internal const uint EdgeTriggered = 1U << 31;

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    internal static partial int EpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    internal static partial int EpollControl(Fd epoll, int operation, Fd fd, byte* record);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    internal static partial int EpollWait(Fd epoll, byte* records, int count, int timeout);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollRecord* records, nuint count, int timeout);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    internal static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    internal static partial int InotifyInit(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    internal static partial int InotifyAddWatch(Fd inotify, string path, uint mask);

    [LibraryImport("libc", EntryPoint = "inotify_rm_watch", SetLastError = true)]
    internal static partial int InotifyRemoveWatch(Fd inotify, int watch);
}
