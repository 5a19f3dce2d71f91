using System.Runtime.InteropServices;

namespace Kata.Linux;

/// <summary>Numbers of the system calls that this library makes without libc, for the architecture it runs on.</summary>
internal static class SystemCallNumbers
{
    private static readonly bool Arm64 = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    internal static long Read => Arm64 ? 63 : 0;

    internal static long Write => Arm64 ? 64 : 1;

    internal static long Close => Arm64 ? 57 : 3;

    internal static long Ioctl => Arm64 ? 29 : 16;

    internal static long Fcntl => Arm64 ? 25 : 72;

    internal static long OpenAt => Arm64 ? 56 : 257;

    internal static long Dup3 => Arm64 ? 24 : 292;

    internal static long CloseRange => 436;

    internal static long ChangeDirectory => Arm64 ? 49 : 80;

    internal static long ChangeDirectoryFd => Arm64 ? 50 : 81;

    internal static long ChangeRoot => Arm64 ? 51 : 161;

    internal static long PivotRoot => Arm64 ? 41 : 155;

    internal static long Mount => Arm64 ? 40 : 165;

    internal static long Unmount => Arm64 ? 39 : 166;

    internal static long Unshare => Arm64 ? 97 : 272;

    internal static long SetNamespace => Arm64 ? 268 : 308;

    internal static long SetHostName => Arm64 ? 161 : 170;

    internal static long SetDomainName => Arm64 ? 162 : 171;

    internal static long SetSession => Arm64 ? 157 : 112;

    internal static long SetProcessGroup => Arm64 ? 154 : 109;

    internal static long PrLimit => Arm64 ? 261 : 302;

    internal static long SetGroups => Arm64 ? 159 : 116;

    internal static long SetResGid => Arm64 ? 149 : 119;

    internal static long SetResUid => Arm64 ? 147 : 117;

    internal static long ProcessControl => Arm64 ? 167 : 157;

    internal static long SetCapabilities => Arm64 ? 91 : 126;

    internal static long Seccomp => Arm64 ? 277 : 317;

    internal static long SetMask => Arm64 ? 166 : 95;

    internal static long Personality => Arm64 ? 92 : 135;

    internal static long SignalAction => Arm64 ? 134 : 13;

    internal static long SignalMask => Arm64 ? 135 : 14;

    internal static long SetPriority => Arm64 ? 140 : 141;

    internal static long Execve => Arm64 ? 221 : 59;

    internal static long ExecveAt => Arm64 ? 281 : 322;

    internal static long PidFdSendSignal => 424;

    internal static long PidFdOpen => 434;
}
