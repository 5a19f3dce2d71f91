using System.Runtime.InteropServices;

namespace Kata.Linux.Terminals;

/// <summary>Our side of a pseudo-terminal, and the way to the other.</summary>
public sealed unsafe partial class PseudoTerminal : IDisposable
{
    private readonly int _number;

    private PseudoTerminal(Fd master, int number)
    {
        Master = master;
        _number = number;
    }

    /// <summary>Our side: what is written to it is typed, what is read from it was printed. Reading fails with EIO when nobody has the other side open.</summary>
    public Fd Master { get; }

    /// <summary>The other side's path where its devpts is mounted in the usual place.</summary>
    public string SlavePath => $"/dev/pts/{_number}";

    /// <summary>Makes a pseudo-terminal in the devpts of the calling thread.</summary>
    /// <exception cref="LinuxException">ENOENT: there is no devpts. ENOSPC: it has no free terminal.</exception>
    public static PseudoTerminal Open() => FromMaster(Fd.Open("/dev/ptmx", OpenFlags.ReadWrite | OpenFlags.NoControllingTerminal));

    /// <summary>Makes a pseudo-terminal in a given devpts, such as a container's.</summary>
    /// <param name="devpts">The directory where it is mounted.</param>
    /// <exception cref="LinuxException">ENOENT: that is no devpts. ENOSPC: it has no free terminal.</exception>
    public static PseudoTerminal Open(Fd devpts)
    {
        OpenFlags flags = OpenFlags.ReadWrite | OpenFlags.NoControllingTerminal | OpenFlags.CloseOnExec | OpenFlagsPerArchitecture.NoFollow;
        int master = NativeOpenAt(devpts, "ptmx", flags, 0);
        return master >= 0 ? FromMaster(new Fd(master)) : throw LinuxException.FromLastError("openat", subject: "ptmx");
    }

    /// <summary>Unlocks a terminal whose multiplexer the caller has opened.</summary>
    /// <param name="master">Owned by the result from now on, and closed when this fails.</param>
    /// <exception cref="LinuxException">ENOTTY: it is no pseudo-terminal.</exception>
    public static PseudoTerminal FromMaster(Fd master)
    {
        ArgumentNullException.ThrowIfNull(master);
        try
        {
            int unlocked = 0;
            TerminalCalls.Control(master, TerminalCalls.SetLock, &unlocked, "TIOCSPTLCK");
            int number;
            TerminalCalls.Control(master, TerminalCalls.GetNumber, &number, "TIOCGPTN");
            return new PseudoTerminal(master, number);
        }
        catch
        {
            master.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens the other side, for a process to have as its terminal. Not by path, so it is this very terminal whatever is mounted where.
    /// </summary>
    /// <exception cref="LinuxException">As open(2).</exception>
    public Fd OpenSlave()
    {
        const OpenFlags Flags = OpenFlags.ReadWrite | OpenFlags.NoControllingTerminal | OpenFlags.CloseOnExec;
        int slave = TerminalCalls.Control(Master, TerminalCalls.GetPeer, (nint)Flags);
        return slave >= 0 ? new Fd(slave) : throw LinuxException.FromLastError("ioctl", subject: "TIOCGPTPEER");
    }

    /// <summary>Changes the size; the terminal's foreground processes get SIGWINCH.</summary>
    /// <param name="rows">Lines.</param>
    /// <param name="columns">Characters per line.</param>
    /// <exception cref="LinuxException">As ioctl(2).</exception>
    public void Resize(ushort rows, ushort columns) => TerminalMode.Resize(Master, new TerminalSize(rows, columns));

    /// <summary>Closes our side: the other side's session gets SIGHUP.</summary>
    public void Dispose() => Master.Dispose();

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeOpenAt(Fd directory, string path, OpenFlags flags, uint mode);
}
