using System.Globalization;
using Kata.Primitives;

namespace Kata.Linux.Signals;

/// <summary>Names of signals as people, images and configurations write them.</summary>
public static class SignalNames
{
    /// <summary>The highest signal number.</summary>
    public const int Maximum = 64;

    private const string Prefix = "SIG";
    private const int FirstRealTime = 34; // what programs call SIGRTMIN: libc keeps 32 and 33 to itself

    // In the order of their numbers, from 1.
    private static readonly string[] Names =
    [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
        "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU",
        "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    /// <summary>Reads a number (<c>15</c>) or a name (<c>SIGTERM</c>, <c>term</c>, <c>RTMIN+3</c>, <c>RTMAX-1</c>).</summary>
    /// <exception cref="KataException">InvalidArgument: there is no such signal.</exception>
    public static int Parse(string text) => TryParse(text, out int signal)
        ? signal
        : throw KataException.Invalid($"unknown signal '{Printable.Escape(text, maxLength: 32)}': use a number from 1 to {Maximum} or a name such as SIGTERM");

    /// <summary>Reads what <see cref="Parse"/> reads.</summary>
    /// <param name="text">The text.</param>
    /// <param name="signal">1 to 64.</param>
    /// <returns>False if it is no signal.</returns>
    public static bool TryParse(string text, out int signal)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out signal))
        {
            return signal is >= 1 and <= Maximum;
        }

        string bare = text.ToUpperInvariant();
        bare = bare.StartsWith(Prefix, StringComparison.Ordinal) ? bare[Prefix.Length..] : bare;
        int index = Array.IndexOf(Names, bare switch { "IOT" => "ABRT", "POLL" => "IO", "CLD" => "CHLD", _ => bare });
        signal = index >= 0 ? index + 1 : RealTime(bare);
        return signal is >= 1 and <= Maximum;
    }

    /// <summary>The usual name: <c>SIGTERM</c>, <c>SIGRTMIN+3</c>.</summary>
    /// <param name="signal">1 to 64.</param>
    public static string NameOf(int signal) => signal switch
    {
        >= 1 when signal <= Names.Length => Prefix + Names[signal - 1],
        FirstRealTime => "SIGRTMIN",
        > FirstRealTime and <= Maximum => $"SIGRTMIN+{signal - FirstRealTime}",
        _ => $"signal {signal}",
    };

    private static int RealTime(string name)
    {
        if (name.Length > 5 && int.TryParse(name.AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out int offset) && offset <= Maximum)
        {
            return name[..6] switch
            {
                "RTMIN+" => FirstRealTime + offset,
                "RTMAX-" when Maximum - offset >= FirstRealTime => Maximum - offset,
                _ => 0,
            };
        }

        return name switch { "RTMIN" => FirstRealTime, "RTMAX" => Maximum, _ => 0 };
    }
}
