using System.Runtime.InteropServices;
using Kata.Linux.Paths;

namespace Kata.Linux.Hosts;

/// <summary>Swap space of the kernel: swapon(2).</summary>
public static partial class SwapArea
{
    /// <summary>Begins to use a device or file that is formatted as swap space.</summary>
    /// <param name="path">The device or file.</param>
    /// <exception cref="LinuxException">EINVAL: not formatted. EBUSY: in use. EPERM: not privileged.</exception>
    public static void Enable(string path)
    {
        if (SwapOn(NativePath.Require(path), 0) != 0)
        {
            throw LinuxException.FromLastError("swapon", path);
        }
    }

    /// <summary>Ends the use; what is in it is read back into memory.</summary>
    /// <param name="path">The device or file.</param>
    /// <exception cref="LinuxException">EINVAL: not in use. ENOMEM: not enough memory.</exception>
    public static void Disable(string path)
    {
        if (SwapOff(NativePath.Require(path)) != 0)
        {
            throw LinuxException.FromLastError("swapoff", path);
        }
    }

    [LibraryImport("libc", EntryPoint = "swapon", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    private static partial int SwapOn(string path, int flags);

    [LibraryImport("libc", EntryPoint = "swapoff", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(KernelTextMarshaller))]
    private static partial int SwapOff(string path);
}
