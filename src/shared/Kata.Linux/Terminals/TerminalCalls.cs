using System.Runtime.InteropServices;

namespace Kata.Linux.Terminals;

/// <summary>The terminal ioctls. Requests and structures are the same on x86-64 and arm64.</summary>
internal static unsafe partial class TerminalCalls
{
    internal const uint GetAttributes = 0x5401; // TCGETS
    internal const uint SetAttributesAfterOutput = 0x5403; // TCSETSW
    internal const uint GetWindowSize = 0x5413; // TIOCGWINSZ
    internal const uint SetWindowSize = 0x5414; // TIOCSWINSZ
    internal const uint GetNumber = 0x80045430; // TIOCGPTN
    internal const uint SetLock = 0x40045431; // TIOCSPTLCK
    internal const uint GetPeer = 0x5441; // TIOCGPTPEER

    internal static void Control(Fd terminal, uint request, void* argument, string name)
    {
        if (Native(terminal, request, (nint)argument) < 0)
        {
            throw LinuxException.FromLastError("ioctl", subject: name);
        }
    }

    internal static bool TryControl(Fd terminal, uint request, void* argument) => Native(terminal, request, (nint)argument) >= 0;

    internal static int Control(Fd terminal, uint request, nint argument) => Native(terminal, request, argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Native(Fd terminal, nuint request, nint argument);
}
