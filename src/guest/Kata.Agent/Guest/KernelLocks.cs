using Kata.Linux;
using Kata.Linux.Paths;

namespace Kata.Agent.Guest;

/// <summary>
/// Takes away, before the first container, what nothing in this guest needs of its kernel but a container with all capabilities could use against it. None of
/// it can be had back before the next boot.
/// </summary>
internal static class KernelLocks
{
    private const ulong InitialPidNamespace = 0xEFFFFFFC; // PROC_PID_INIT_INO

    /// <summary>Does it if the kernel is the agent's own: never on a machine where the agent is an ordinary process, or the first one of a mere namespace.</summary>
    public static void Close()
    {
        if (Environment.ProcessId == 1 && IsInitialPidNamespace())
        {
            Close("/proc/sys", loadsModules: GuestTool.Find("modprobe") is not null);
        }
    }

    /// <summary>Does it.</summary>
    /// <param name="sysctls">The directory of the kernel's settings.</param>
    /// <param name="loadsModules">Whether the guest image can load modules: then the kernel asks for them by itself, for a packet filter rule say, and goes on doing so.</param>
    /// <exception cref="LinuxException">The kernel refused. A setting that it does not have is no error.</exception>
    internal static void Close(string sysctls, bool loadsModules)
    {
        BoundedFile.TryWriteOnce($"{sysctls}/kernel/kexec_load_disabled", "1");
        BoundedFile.TryWriteOnce($"{sysctls}/dev/tty/ldisc_autoload", "0");
        if (!loadsModules)
        {
            BoundedFile.TryWriteOnce($"{sysctls}/kernel/modules_disabled", "1");

            // What the kernel starts by itself, for core_pattern, a release_agent or uevent_helper: an image without modprobe has none of them, a container would bring its own.
            BoundedFile.TryWriteOnce($"{sysctls}/kernel/usermodehelper/bset", "0 0");
        }
    }

    private static bool IsInitialPidNamespace()
    {
        using Fd own = Fd.Open("/proc/self/ns/pid", OpenFlags.Path);
        return FileAt.Status(own).Inode == InitialPidNamespace;
    }
}
