using System.Globalization;

namespace Kata.Agent.Processes;

/// <summary>How a process treats signals, from the Sig lines of its /proc/PID/status.</summary>
/// <param name="Blocked">Bit n-1 stands for signal n.</param>
/// <param name="Ignored">As <paramref name="Blocked"/>.</param>
/// <param name="Caught">As <paramref name="Blocked"/>.</param>
/// <param name="NamespacePid">The process id in its own, innermost pid namespace.</param>
internal readonly record struct SignalMask(ulong Blocked, ulong Ignored, ulong Caught, int NamespacePid)
{
    /// <summary>Reads the text of a status file; lines that are missing count as zero.</summary>
    public static SignalMask Parse(string status)
    {
        SignalMask mask = default;
        foreach (ReadOnlySpan<char> line in status.AsSpan().EnumerateLines())
        {
            int colon = line.IndexOf(':');
            if (colon < 0)
            {
                continue;
            }

            // The value follows a tab.
            ReadOnlySpan<char> value = line[(colon + 1)..].Trim();
            mask = line[..colon] switch
            {
                "SigBlk" => mask with { Blocked = Hex(value) },
                "SigIgn" => mask with { Ignored = Hex(value) },
                "SigCgt" => mask with { Caught = Hex(value) },
                "NSpid" => mask with { NamespacePid = LastNumber(value) },
                _ => mask,
            };
        }

        return mask;
    }

    /// <summary>
    /// Whether the kernel would throw the signal away because the process is the first of its pid namespace and has done nothing about the signal.
    /// </summary>
    public bool IsLostOnInit(int signal)
    {
        ulong bit = 1UL << (signal - 1);
        return NamespacePid == 1 && ((Blocked | Ignored | Caught) & bit) == 0;
    }

    private static ulong Hex(ReadOnlySpan<char> text) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong value) ? value : 0;

    private static int LastNumber(ReadOnlySpan<char> text)
    {
        int start = text.LastIndexOfAny('\t', ' ') + 1;
        return int.TryParse(text[start..], NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : 0;
    }
}
