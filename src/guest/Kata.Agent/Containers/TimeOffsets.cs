using System.Globalization;
using System.Text;
using Kata.Primitives;
using Kata.Protocols.Oci;

namespace Kata.Agent.Containers;

/// <summary>The clocks of a time namespace.</summary>
internal static class TimeOffsets
{
    /// <summary>The lines of /proc/PID/timens_offsets.</summary>
    /// <exception cref="KataException">InvalidArgument: there is no such clock, or the offset is none.</exception>
    public static string Compose(IDictionary<string, LinuxTimeOffset> offsets)
    {
        var text = new StringBuilder();
        foreach ((string clock, LinuxTimeOffset offset) in offsets)
        {
            if (clock is not ("monotonic" or "boottime"))
            {
                throw KataException.Invalid($"linux.timeOffsets: there is no clock '{Printable.Escape(clock, 32)}': use monotonic or boottime");
            }

            if (offset.Nanosecs > 999_999_999)
            {
                throw KataException.Invalid($"linux.timeOffsets.{clock}: {offset.Nanosecs} ns are more than a second");
            }

            text.Append(CultureInfo.InvariantCulture, $"{clock} {offset.Secs} {offset.Nanosecs}\n");
        }

        return text.ToString();
    }
}
