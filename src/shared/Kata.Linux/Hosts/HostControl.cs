using System.Runtime.InteropServices;

namespace Kata.Linux.Hosts;

/// <summary>The ioctl calls of this folder.</summary>
internal static partial class HostControl
{
    // Encoded alike on x86-64 and arm64.
    internal const nuint KvmGetApiVersion = 0xAE00; // KVM_GET_API_VERSION
    internal const nuint KvmCreateVm = 0xAE01; // KVM_CREATE_VM
    internal const nuint VhostVsockSetGuestCid = 0x4008AF60; // VHOST_VSOCK_SET_GUEST_CID

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Ask(Fd fd, nuint request, nint argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static unsafe partial int Tell(Fd fd, nuint request, ulong* argument);
}
