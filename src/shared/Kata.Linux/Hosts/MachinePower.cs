using System.Runtime.InteropServices;

namespace Kata.Linux.Hosts;

/// <summary>Ends the machine. For PID 1 of a guest.</summary>
public static partial class MachinePower
{
    private const int PowerOff = 0x4321FEDC; // RB_POWER_OFF
    private const int Restart = 0x01234567; // RB_AUTOBOOT

    /// <summary>Writes back what is cached, then switches off; where the machine cannot, it restarts, which ends a VM that is not to restart.</summary>
    /// <exception cref="LinuxException">EPERM: not privileged, or not in the first pid namespace.</exception>
    public static void Off()
    {
        NativeSync();
        if (NativeReboot(PowerOff) != 0 && NativeReboot(Restart) != 0)
        {
            throw LinuxException.FromLastError("reboot");
        }
    }

    [LibraryImport("libc", EntryPoint = "sync")]
    private static partial void NativeSync();

    [LibraryImport("libc", EntryPoint = "reboot", SetLastError = true)]
    private static partial int NativeReboot(int command);
}
