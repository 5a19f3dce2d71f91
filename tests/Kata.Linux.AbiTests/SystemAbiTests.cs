using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Kata.Linux.Events;
using Kata.Linux.Mounts;
using Kata.Linux.Paths;
using Kata.Linux.Sockets;

namespace Kata.Linux.AbiTests;

/// <summary>The structures of Events, Mounts, Paths and Sockets.</summary>
public sealed class SystemAbiTests
{
    [Fact]
    public Task Structures_SizesAndOffsets_AreThoseOfC() => CProgram.AssertAsync(
    [
        new("sizeof(struct epoll_event)", EpollRecord.Size),
        new("sizeof(struct pollfd)", Unsafe.SizeOf<PollRecord>()),
        new("offsetof(struct pollfd, revents)", Offset<PollRecord>(nameof(PollRecord.Returned))),
        new("sizeof(struct mount_attr)", Unsafe.SizeOf<MountAttributeRecord>()),
        new("offsetof(struct mount_attr, userns_fd)", Offset<MountAttributeRecord>(nameof(MountAttributeRecord.UserNamespace))),
        new("sizeof(struct open_how)", Unsafe.SizeOf<OpenHow>()),
        new("offsetof(struct open_how, resolve)", Offset<OpenHow>(nameof(OpenHow.Resolve))),
        new("sizeof(struct timespec)", Unsafe.SizeOf<TimeSpec>()),
        new("UTIME_OMIT", TimeSpec.Omit),
        new("sizeof(struct statx)", Unsafe.SizeOf<StatxRecord>()),
        new("offsetof(struct statx, stx_attributes)", Offset<StatxRecord>(nameof(StatxRecord.Attributes))),
        new("offsetof(struct statx, stx_nlink)", Offset<StatxRecord>(nameof(StatxRecord.Links))),
        new("offsetof(struct statx, stx_uid)", Offset<StatxRecord>(nameof(StatxRecord.UserId))),
        new("offsetof(struct statx, stx_mode)", Offset<StatxRecord>(nameof(StatxRecord.Mode))),
        new("offsetof(struct statx, stx_ino)", Offset<StatxRecord>(nameof(StatxRecord.Inode))),
        new("offsetof(struct statx, stx_size)", Offset<StatxRecord>(nameof(StatxRecord.Size))),
        new("offsetof(struct statx, stx_blocks)", Offset<StatxRecord>(nameof(StatxRecord.Blocks))),
        new("offsetof(struct statx, stx_attributes_mask)", Offset<StatxRecord>(nameof(StatxRecord.AttributesMask))),
        new("offsetof(struct statx, stx_mtime)", Offset<StatxRecord>(nameof(StatxRecord.ModifiedSeconds))),
        new("offsetof(struct statx, stx_rdev_major)", Offset<StatxRecord>(nameof(StatxRecord.RdevMajor))),
        new("offsetof(struct statx, stx_dev_major)", Offset<StatxRecord>(nameof(StatxRecord.DeviceMajor))),
        new("offsetof(struct statx, stx_mnt_id)", Offset<StatxRecord>(nameof(StatxRecord.MountId))),
        new("sizeof(struct iovec)", Unsafe.SizeOf<IoVector>()),
        new("sizeof(struct msghdr)", Unsafe.SizeOf<MessageHeader>()),
        new("offsetof(struct msghdr, msg_namelen)", Offset<MessageHeader>(nameof(MessageHeader.NameLength))),
        new("offsetof(struct msghdr, msg_iov)", Offset<MessageHeader>(nameof(MessageHeader.Vectors))),
        new("offsetof(struct msghdr, msg_control)", Offset<MessageHeader>(nameof(MessageHeader.Control))),
        new("offsetof(struct msghdr, msg_controllen)", Offset<MessageHeader>(nameof(MessageHeader.ControlLength))),
        new("offsetof(struct msghdr, msg_flags)", Offset<MessageHeader>(nameof(MessageHeader.Flags))),
        new("sizeof(struct ucred)", Unsafe.SizeOf<PeerCredentials>()),
        new("sizeof(struct inotify_event)", 16),
    ]);

    private static long Offset<T>(string field) => Marshal.OffsetOf<T>(field);
}
