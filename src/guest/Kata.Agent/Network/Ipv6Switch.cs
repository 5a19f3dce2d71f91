using Kata.Linux;
using Kata.Linux.Paths;

namespace Kata.Agent.Network;

/// <summary>Whether the guest's kernel does IPv6.</summary>
internal static class Ipv6Switch
{
    /// <summary>Whether an interface may have IPv6 addresses: the kernel has IPv6 and it is not switched off there.</summary>
    /// <param name="link">The interface's name.</param>
    public static bool IsOn(string link)
    {
        try
        {
            return BoundedFile.ReadText($"/proc/sys/net/ipv6/conf/{link}/disable_ipv6", 16).Trim() == "0";
        }
        catch (LinuxException error) when (error.Errno == Errno.ENOENT)
        {
            return false;
        }
    }
}
