using System.Runtime.InteropServices;

namespace Kata.Linux;

/// <summary>Numbers of the system calls that this library makes without libc, for the architecture it runs on.</summary>
internal static class SystemCallNumbers
{
    private static readonly bool Arm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    internal static long Read => Arm64 ? 63 : 0; // read
    internal static long Write => Arm64 ? 64 : 1; // write
    internal static long Close => Arm64 ? 57 : 3; // close
    internal static long Ioctl => Arm64 ? 29 : 16; // ioctl
    internal static long Fcntl => Arm64 ? 25 : 72; // fcntl
    internal static long OpenAt => Arm64 ? 56 : 257; // openat
    internal static long Dup3 => Arm64 ? 24 : 292; // dup3
    internal static long CloseRange => 436; // close_range
    internal static long GetWorkingDirectory => Arm64 ? 17 : 79; // getcwd
    internal static long ChangeDirectory => Arm64 ? 49 : 80; // chdir
    internal static long ChangeDirectoryFd => Arm64 ? 50 : 81; // fchdir
    internal static long ChangeRoot => Arm64 ? 51 : 161; // chroot
    internal static long PivotRoot => Arm64 ? 41 : 155; // pivot_root
    internal static long Mount => Arm64 ? 40 : 165; // mount
    internal static long Unmount => Arm64 ? 39 : 166; // umount2
    internal static long Unshare => Arm64 ? 97 : 272; // unshare
    internal static long SetNamespace => Arm64 ? 268 : 308; // setns
    internal static long SetHostName => Arm64 ? 161 : 170; // sethostname
    internal static long SetDomainName => Arm64 ? 162 : 171; // setdomainname
    internal static long SetSession => Arm64 ? 157 : 112; // setsid
    internal static long SetProcessGroup => Arm64 ? 154 : 109; // setpgid
    internal static long Futex => Arm64 ? 98 : 202; // futex
    internal static long PrLimit => Arm64 ? 261 : 302; // prlimit64
    internal static long SetGroups => Arm64 ? 159 : 116; // setgroups
    internal static long SetResGid => Arm64 ? 149 : 119; // setresgid
    internal static long SetResUid => Arm64 ? 147 : 117; // setresuid
    internal static long ProcessControl => Arm64 ? 167 : 157; // prctl
    internal static long SetCapabilities => Arm64 ? 91 : 126; // capset
    internal static long Seccomp => Arm64 ? 277 : 317; // seccomp
    internal static long SetMask => Arm64 ? 166 : 95; // umask
    internal static long Personality => Arm64 ? 92 : 135; // personality
    internal static long SignalAction => Arm64 ? 134 : 13; // rt_sigaction
    internal static long SignalMask => Arm64 ? 135 : 14; // rt_sigprocmask
    internal static long SetIoPriority => Arm64 ? 30 : 251; // ioprio_set
    internal static long SetSchedulerPolicy => Arm64 ? 119 : 144; // sched_setscheduler
    internal static long SetScheduler => Arm64 ? 274 : 314; // sched_setattr
    internal static long SetPriority => Arm64 ? 140 : 141; // setpriority
    internal static long Clone => Arm64 ? 220 : 56; // clone
    internal static long Clone3 => 435; // clone3
    internal static long Execve => Arm64 ? 221 : 59; // execve
    internal static long ExecveAt => Arm64 ? 281 : 322; // execveat
    internal static long OpenAt2 => 437; // openat2
    internal static long OpenTree => 428; // open_tree
    internal static long MoveMount => 429; // move_mount
    internal static long MountSetAttributes => 442; // mount_setattr
    internal static long Bpf => Arm64 ? 280 : 321; // bpf
    internal static long PidFdSendSignal => 424; // pidfd_send_signal
    internal static long PidFdOpen => 434; // pidfd_open
}
