using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Kata.Linux.Cgroups;
using Kata.Linux.Events;
using Kata.Linux.Mounts;
using Kata.Linux.Netlink;
using Kata.Linux.Paths;
using Kata.Linux.Sockets;

namespace Kata.Linux.AbiTests;

/// <summary>What Paths, Mounts, Sockets, Events, Netlink and Cgroups know about the kernel and is not a constant with a comment.</summary>
public sealed class FileSystemAbiTests
{
    // <linux/mount.h> and <linux/stat.h> exclude headers that the others need.
    private static readonly string[] MountHeaders = ["stddef.h", "linux/mount.h", "linux/stat.h", "linux/time_types.h"];

    [Fact]
    public Task Structures_OfSocketsAndFiles_AreThoseOfC() => CProgram.AssertAsync(
    [
        new("sizeof(struct open_how)", Unsafe.SizeOf<OpenHow>()),
        new("offsetof(struct open_how, resolve)", Offset<OpenHow>(nameof(OpenHow.Resolve))),
        new("sizeof(struct timespec)", Unsafe.SizeOf<TimeSpec>()),
        new("sizeof(struct pollfd)", Unsafe.SizeOf<PollRecord>()),
        new("offsetof(struct pollfd, revents)", Offset<PollRecord>(nameof(PollRecord.Returned))),
        new("sizeof(struct epoll_event)", EpollRecord.Size),
        new("sizeof(struct iovec)", Unsafe.SizeOf<IoVector>()),
        new("sizeof(struct msghdr)", Unsafe.SizeOf<MessageHeader>()),
        new("offsetof(struct msghdr, msg_iov)", 16),
        new("offsetof(struct msghdr, msg_control)", 32),
        new("offsetof(struct msghdr, msg_flags)", Offset<MessageHeader>(nameof(MessageHeader.Flags))),
        new("sizeof(struct ucred)", Unsafe.SizeOf<PeerCredentials>()),
        new("sizeof(struct sockaddr_vm)", VsockAddress.Size),
        new("offsetof(struct sockaddr_vm, svm_port)", 4),
        new("offsetof(struct sockaddr_vm, svm_cid)", 8),
        new("offsetof(struct sockaddr_un, sun_path)", 2),
        new("sizeof(struct sockaddr_nl)", 12),
        new("offsetof(struct sockaddr_nl, nl_pid)", 4),
        new("offsetof(struct sockaddr_nl, nl_groups)", 8),
        new("CMSG_LEN(0)", 16),
        new("sizeof(struct inotify_event)", 16),
        new("offsetof(struct dirent64, d_reclen)", 16),
        new("offsetof(struct dirent64, d_type)", 18),
        new("offsetof(struct dirent64, d_name)", 19),
        new("_IOW('f', 16, unsigned long long)", (long)Ext4Growth.Resize),
        new("sizeof(struct statfs)", Unsafe.SizeOf<FileSystemRecord>()),
        new("offsetof(struct statfs, f_blocks)", Offset<FileSystemRecord>(nameof(FileSystemRecord.Blocks))),
        new("offsetof(struct statfs, f_ffree)", Offset<FileSystemRecord>(nameof(FileSystemRecord.FilesFree))),
        new("offsetof(struct statfs, f_frsize)", Offset<FileSystemRecord>(nameof(FileSystemRecord.FragmentSize))),
        new("sizeof(struct mount_attr)", Unsafe.SizeOf<MountAttributeRecord>()),
    ]);

    [Fact]
    public Task Structures_OfNetlinkAndBpf_AreThoseOfC() => CProgram.AssertAsync(
    [
        new("sizeof(struct nlmsghdr)", NetlinkRequest.HeaderSize),
        new("sizeof(struct ifinfomsg)", RouteMessages.LinkSize),
        new("sizeof(struct ifaddrmsg)", RouteMessages.AddressSize),
        new("sizeof(struct rtmsg)", RouteMessages.RouteSize),
        new("sizeof(struct ndmsg)", RouteMessages.NeighborSize),
        new("RTM_NEWLINK", 16),
        new("RTM_NEWADDR", 20),
        new("RTM_NEWROUTE", 24),
        new("RTM_NEWNEIGH", 28),
        new("IFLA_ADDRESS", RouteMessages.LinkAddress),
        new("IFLA_IFNAME", RouteMessages.LinkName),
        new("IFLA_MTU", RouteMessages.LinkMtu),
        new("IFLA_LINKINFO", RouteMessages.LinkInfo),
        new("IFLA_INFO_KIND", RouteMessages.LinkInfoKind),
        new("IFLA_LINK", 5),
        new("IFLA_MASTER", 10),
        new("IFA_LOCAL", 2),
        new("IFA_FLAGS", 8),
        new("RTA_OIF", 4),
        new("RTA_GATEWAY", 5),
        new("RTA_PRIORITY", 6),
        new("RTA_PREFSRC", 7),
        new("RTA_METRICS", 8),
        new("RTA_TABLE", 15),
        new("RTAX_MTU", 2),
        new("NLM_F_DUMP", NetlinkRequest.FlagDump),
        new("NLM_F_EXCL", NetlinkRequest.FlagExclusive),
        new("NLM_F_CREATE", NetlinkRequest.FlagCreate),
        new("NLM_F_DUMP_INTR", NetlinkReply.FlagInterrupted),
        new("RT_SCOPE_LINK", (long)RouteScope.Link),
        new("RTPROT_RA", (long)RouteProtocol.RouterAdvertisement),
        new("NUD_PERMANENT", NetworkNeighbor.Permanent),
        new("sizeof(struct bpf_insn)", DeviceFilter.InstructionSize),
        new("BPF_DEVCG_ACC_MKNOD", (long)DeviceAccess.MakeNode),
        new("BPF_DEVCG_ACC_READ", (long)DeviceAccess.Read),
        new("BPF_DEVCG_ACC_WRITE", (long)DeviceAccess.Write),
        new("BPF_DEVCG_DEV_BLOCK", 1),
        new("BPF_DEVCG_DEV_CHAR", 2),
        new("offsetof(union bpf_attr, license)", 16),
        new("offsetof(union bpf_attr, attach_flags)", 12),
        new("offsetof(union bpf_attr, query.prog_ids)", 16),
        new("offsetof(union bpf_attr, query.prog_cnt)", 24),
        new("S_IFDIR", (long)FileKind.Directory),
        new("S_IFLNK", (long)FileKind.SymbolicLink),
        new("S_IFSOCK", (long)FileKind.Socket),
    ]);

    [Fact]
    public async Task Statx_SizeAndOffsets_AreTheKernels()
    {
        (string Expression, long Ours)[] rows =
        [
            ("sizeof(struct statx)", Unsafe.SizeOf<StatxRecord>()),
            ("offsetof(struct statx, stx_uid)", Offset<StatxRecord>(nameof(StatxRecord.UserId))),
            ("offsetof(struct statx, stx_mode)", Offset<StatxRecord>(nameof(StatxRecord.Mode))),
            ("offsetof(struct statx, stx_ino)", Offset<StatxRecord>(nameof(StatxRecord.Inode))),
            ("offsetof(struct statx, stx_size)", Offset<StatxRecord>(nameof(StatxRecord.Size))),
            ("offsetof(struct statx, stx_attributes_mask)", Offset<StatxRecord>(nameof(StatxRecord.AttributesMask))),
            ("offsetof(struct statx, stx_mtime)", Offset<StatxRecord>(nameof(StatxRecord.ModifiedSeconds))),
            ("offsetof(struct statx, stx_rdev_major)", Offset<StatxRecord>(nameof(StatxRecord.RdevMajor))),
            ("offsetof(struct statx, stx_dev_minor)", Offset<StatxRecord>(nameof(StatxRecord.DeviceMinor))),
            ("offsetof(struct statx, stx_mnt_id)", Offset<StatxRecord>(nameof(StatxRecord.MountId))),
            ("STATX_ATTR_MOUNT_ROOT", 0x2000),
            ("MOUNT_ATTR_RDONLY", (long)MountAttributes.ReadOnly),
            ("MOUNT_ATTR_NOSUID", (long)MountAttributes.NoSetId),
            ("MOUNT_ATTR_NODEV", (long)MountAttributes.NoDevices),
            ("MOUNT_ATTR_NOEXEC", (long)MountAttributes.NoExecute),
            ("MOUNT_ATTR__ATIME", (long)MountAttributes.AccessTimeMask),
            ("MOUNT_ATTR_NOATIME", (long)MountAttributes.NoAccessTimes),
            ("MOUNT_ATTR_STRICTATIME", (long)MountAttributes.StrictAccessTimes),
            ("MOUNT_ATTR_NODIRATIME", (long)MountAttributes.NoDirectoryAccessTimes),
            ("MOUNT_ATTR_IDMAP", (long)MountAttributes.IdMapped),
            ("MOUNT_ATTR_NOSYMFOLLOW", (long)MountAttributes.NoSymlinkFollow),
        ];

        long[] theirs = await CProgram.EvaluateAsync(MountHeaders, [.. rows.Select(row => row.Expression)]);

        Assert.Equal(rows, rows.Zip(theirs, (row, value) => (row.Expression, value)));
    }

    [Fact]
    public async Task Xfs_RequestsAndRecords_AreThoseOfItsLibrary()
    {
        long[] theirs = await CProgram.EvaluateAsync(
            ["stddef.h", "xfs/xfs.h"],
            [
                "XFS_IOC_FSGEOMETRY_V1", "sizeof(struct xfs_fsop_geom_v1)", "offsetof(struct xfs_fsop_geom_v1, imaxpct)", "offsetof(struct xfs_fsop_geom_v1, datablocks)",
                "XFS_IOC_FSGROWFSDATA", "sizeof(struct xfs_growfs_data)", "offsetof(struct xfs_growfs_data, imaxpct)",
            ]);

        Assert.Equal(
            [
                (long)XfsGrowth.Geometry, Unsafe.SizeOf<XfsGeometryRecord>(), Offset<XfsGeometryRecord>(nameof(XfsGeometryRecord.InodePercent)), Offset<XfsGeometryRecord>(nameof(XfsGeometryRecord.DataBlocks)),
                (long)XfsGrowth.Resize, Unsafe.SizeOf<XfsGrowthRecord>(), Offset<XfsGrowthRecord>(nameof(XfsGrowthRecord.InodePercent)),
            ],
            theirs);
    }

    private static long Offset<T>(string field) => Marshal.OffsetOf<T>(field);
}
