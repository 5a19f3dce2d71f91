namespace Kata.Linux.Terminals;

/// <summary>The user's terminal in raw mode: every key, Ctrl-C included, arrives as bytes. Disposing gives it back as it was.</summary>
public sealed unsafe class TerminalMode : IDisposable
{
    private readonly Fd _terminal;
    private TerminalAttributes _saved;
    private bool _restored;

    private TerminalMode(Fd terminal, TerminalAttributes saved)
    {
        _terminal = terminal;
        _saved = saved;
    }

    /// <summary>Whether a descriptor is a terminal.</summary>
    public static bool IsTerminal(Fd fd)
    {
        TerminalAttributes attributes;
        return TerminalCalls.TryControl(fd, TerminalCalls.GetAttributes, &attributes);
    }

    /// <summary>Puts a terminal into raw mode.</summary>
    /// <param name="terminal">Must stay open until the result is disposed.</param>
    /// <exception cref="LinuxException">ENOTTY: it is no terminal.</exception>
    public static TerminalMode MakeRaw(Fd terminal)
    {
        TerminalAttributes saved;
        TerminalCalls.Control(terminal, TerminalCalls.GetAttributes, &saved, "TCGETS");
        TerminalAttributes raw = saved.ToRaw();
        TerminalCalls.Control(terminal, TerminalCalls.SetAttributesAfterOutput, &raw, "TCSETSW");
        return new TerminalMode(terminal, saved);
    }

    /// <summary>The size of a terminal.</summary>
    /// <exception cref="LinuxException">ENOTTY: it is no terminal.</exception>
    public static TerminalSize SizeOf(Fd terminal)
    {
        ushort* size = stackalloc ushort[4]; // struct winsize: rows, columns, and two that nobody fills in
        TerminalCalls.Control(terminal, TerminalCalls.GetWindowSize, size, "TIOCGWINSZ");
        return new TerminalSize(size[0], size[1]);
    }

    /// <summary>Changes the size of a terminal; its foreground processes get SIGWINCH.</summary>
    /// <exception cref="LinuxException">ENOTTY: it is no terminal.</exception>
    public static void Resize(Fd terminal, TerminalSize size)
    {
        ushort* native = stackalloc ushort[4] { size.Rows, size.Columns, 0, 0 };
        TerminalCalls.Control(terminal, TerminalCalls.SetWindowSize, native, "TIOCSWINSZ");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_restored)
        {
            return;
        }

        _restored = true;
        fixed (TerminalAttributes* saved = &_saved)
        {
            // It may be gone by now; there is nothing to restore then.
            _ = TerminalCalls.TryControl(_terminal, TerminalCalls.SetAttributesAfterOutput, saved);
        }
    }
}
