using System.Security.Cryptography;
using Kata.Primitives;

namespace Kata.Linux.Hosts;

/// <summary>The host kernel's vsock device for guests.</summary>
public static class VhostVsock
{
    private const string Device = "/dev/vhost-vsock";
    private const uint FirstContextId = 3; // below are the hypervisor, this host and loopback
    private const int Attempts = 64;

    /// <summary>Whether this host has it and we may use it.</summary>
    public static bool IsAvailable
    {
        get
        {
            try
            {
                Fd.Open(Device, OpenFlags.ReadWrite).Dispose();
                return true;
            }
            catch (LinuxException)
            {
                return false;
            }
        }
    }

    /// <summary>Opens the device and reserves an address for a guest, for as long as the descriptor is open.</summary>
    /// <returns>The descriptor, owned by the caller, and the guest's address (CID).</returns>
    /// <exception cref="LinuxException">ENOENT: the host has no vhost-vsock. EACCES: it may not be used.</exception>
    /// <exception cref="KataException">ResourceExhausted: no free address was found.</exception>
    public static unsafe (Fd Device, uint ContextId) Open()
    {
        Fd device = Fd.Open(Device, OpenFlags.ReadWrite);
        try
        {
            for (int i = 0; i < Attempts; i++)
            {
                // Random, as other sandboxes count on this host too; all ones means "any" and is not an address.
                uint contextId = (uint)RandomNumberGenerator.GetInt32(int.MaxValue) + FirstContextId;
                ulong wide = contextId;
                if (HostControl.Tell(device, HostControl.VhostVsockSetGuestCid, &wide) == 0)
                {
                    return (device, contextId);
                }

                if (LinuxException.LastErrno() != Errno.EADDRINUSE)
                {
                    throw LinuxException.FromLastError("ioctl VHOST_VSOCK_SET_GUEST_CID", contextId);
                }
            }

            throw new KataException(ErrorCode.ResourceExhausted, $"no free vsock address was found in {Attempts} attempts");
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }
}
