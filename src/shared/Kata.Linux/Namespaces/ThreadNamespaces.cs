using System.Runtime.InteropServices;
using System.Text;
using Kata.Linux.Processes;

namespace Kata.Linux.Namespaces;

/// <summary>Changes what the calling thread alone is in. Only for threads that live for this: threads they start afterwards are born there.</summary>
public static partial class ThreadNamespaces
{
    /// <summary>Makes new namespaces, or other things of the thread's own, for the calling thread.</summary>
    /// <param name="kinds">What to make; a mount namespace brings <see cref="CloneFlags.OwnFileSystemInfo"/> along.</param>
    /// <exception cref="LinuxException">EPERM: not privileged. Others as unshare(2).</exception>
    public static void Unshare(CloneFlags kinds)
    {
        if (NamespaceCalls.Unshare((int)kinds) != 0)
        {
            throw LinuxException.FromLastError("unshare", kinds);
        }
    }

    /// <summary>Moves the calling thread into namespaces of a process, all in one step; a thread that has a mount namespace changes root and directory, too.</summary>
    /// <param name="process">The process.</param>
    /// <param name="kinds">Which of its namespaces.</param>
    /// <returns>Whether it is there: if not, it is where it was.</returns>
    public static bool TryEnter(PidFd process, CloneFlags kinds) => NamespaceCalls.SetNamespace(process, (int)kinds) == 0;

    /// <summary>Sets the host name of the calling thread's UTS namespace.</summary>
    /// <param name="name">At most 64 bytes.</param>
    /// <exception cref="LinuxException">EINVAL: longer. EPERM: not privileged.</exception>
    public static unsafe void SetHostname(string name)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(name);
        fixed (byte* start = bytes)
        {
            if (NativeSetHostname(start, (nuint)bytes.Length) != 0)
            {
                throw LinuxException.FromLastError("sethostname", name);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "sethostname", SetLastError = true)]
    private static unsafe partial int NativeSetHostname(byte* name, nuint length);
}
