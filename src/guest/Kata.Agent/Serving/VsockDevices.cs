using Kata.Linux.Paths;

namespace Kata.Agent.Serving;

/// <summary>The virtio devices that carry vsock to the host. The kernel has /dev/vsock without one, too.</summary>
internal static class VsockDevices
{
    private const string VsockType = "0x0013";
    private const int MaxType = 16;

    /// <summary>Whether there is one.</summary>
    /// <param name="devices">The directory of the virtio bus.</param>
    public static bool Any(string devices = "/sys/bus/virtio/devices")
    {
        for (int index = 0; Directory.Exists($"{devices}/virtio{index}"); index++)
        {
            if (BoundedFile.ReadText($"{devices}/virtio{index}/device", MaxType).AsSpan().Trim() is VsockType)
            {
                return true;
            }
        }

        return false;
    }
}
