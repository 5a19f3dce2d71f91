using System.Runtime.InteropServices;

namespace Kata.Linux.Terminals;

/// <summary>struct termios of the kernel (not that of libc, which is larger).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TerminalAttributes
{
    internal uint InputFlags;
    internal uint OutputFlags;
    internal uint ControlFlags;
    internal uint LocalFlags;
    internal byte LineDiscipline;
    internal fixed byte ControlCharacters[19];

    /// <summary>The same without any processing of what is typed or printed, as cfmakeraw(3) does it.</summary>
    internal readonly TerminalAttributes ToRaw()
    {
        const uint InputProcessing = 0x1 | 0x2 | 0x8 | 0x20 | 0x40 | 0x80 | 0x100 | 0x400; // IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON
        const uint OutputProcessing = 0x1; // OPOST
        const uint LocalProcessing = 0x1 | 0x2 | 0x8 | 0x40 | 0x8000; // ISIG | ICANON | ECHO | ECHONL | IEXTEN
        const uint SizeMask = 0x30; // CSIZE
        const uint Parity = 0x100; // PARENB
        const uint EightBits = 0x30; // CS8
        const int MinimumCharacters = 6; // VMIN
        const int Timeout = 5; // VTIME

        TerminalAttributes raw = this;
        raw.InputFlags &= ~InputProcessing;
        raw.OutputFlags &= ~OutputProcessing;
        raw.LocalFlags &= ~LocalProcessing;
        raw.ControlFlags = (raw.ControlFlags & ~(SizeMask | Parity)) | EightBits;
        raw.ControlCharacters[MinimumCharacters] = 1;
        raw.ControlCharacters[Timeout] = 0;
        return raw;
    }
}
