using System.Globalization;
using Kata.Linux.Paths;

namespace Kata.Linux.Cgroups;

/// <summary>Files about disks.</summary>
internal static class BlockIoText
{
    private const int MaxEntries = 100_000;

    /// <summary>Lines of v1: <c>8:0 Read 4096</c>, or <c>8:0 4096</c>. Sums over all disks and what is malformed are left out.</summary>
    internal static List<BlockIoEntry> ParseV1(string text)
    {
        var entries = new List<BlockIoEntry>();
        foreach (string line in text.Split('\n'))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length is 2 or 3 && entries.Count < MaxEntries && TryDevice(fields[0], out DeviceNumber device))
            {
                string operation = fields.Length == 3 ? fields[1].ToLowerInvariant() : string.Empty;
                entries.Add(new BlockIoEntry(device, operation, CgroupText.Number(fields[^1])));
            }
        }

        return entries;
    }

    /// <summary>Lines of v2: <c>8:0 rbytes=1 wbytes=2 rios=3 …</c>. Bytes read and written are called <c>read</c> and <c>write</c>, the others as they are.</summary>
    internal static List<BlockIoEntry> ParseV2(string text)
    {
        var entries = new List<BlockIoEntry>();
        foreach (string line in text.Split('\n'))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 0 || !TryDevice(fields[0], out DeviceNumber device))
            {
                continue;
            }

            foreach (string field in fields.AsSpan(1))
            {
                int equals = field.IndexOf('=', StringComparison.Ordinal);
                if (equals > 0 && entries.Count < MaxEntries)
                {
                    string operation = field[..equals] switch { "rbytes" => "read", "wbytes" => "write", var other => other };
                    entries.Add(new BlockIoEntry(device, operation, CgroupText.Number(field.AsSpan(equals + 1))));
                }
            }
        }

        return entries;
    }

    private static bool TryDevice(string text, out DeviceNumber device)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        uint minor = 0;
        bool valid = uint.TryParse(text.AsSpan(0, Math.Max(colon, 0)), NumberStyles.None, CultureInfo.InvariantCulture, out uint major)
            && uint.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out minor);
        device = new DeviceNumber(major, minor);
        return valid;
    }
}
