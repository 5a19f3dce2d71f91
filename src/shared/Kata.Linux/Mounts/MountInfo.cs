using System.Globalization;
using System.Text;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Linux.Mounts;

/// <summary>Reads <c>/proc/…/mountinfo</c> (proc(5)).</summary>
public static class MountInfo
{
    private const int MaxBytes = 64 * 1024 * 1024;
    private const int MaxEntries = 200_000; // twice the kernel's default of fs.mount-max
    private const int FieldsBeforeTags = 6;
    private const int FieldsAfterTags = 3;

    /// <summary>The mounts that the calling thread sees, in the order they are stacked.</summary>
    /// <exception cref="LinuxException">/proc is not mounted.</exception>
    public static IReadOnlyList<MountEntry> Read() => Parse(BoundedFile.Read("/proc/thread-self/mountinfo", MaxBytes));

    /// <summary>The mounts that a process sees.</summary>
    /// <exception cref="LinuxException">ENOENT: there is no such process.</exception>
    public static IReadOnlyList<MountEntry> Read(int pid) =>
        Parse(BoundedFile.Read(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/mountinfo"), MaxBytes));

    /// <summary>Parses a mountinfo file.</summary>
    /// <exception cref="KataException">InvalidArgument: a line is malformed. ResourceExhausted: more lines than any kernel allows.</exception>
    public static IReadOnlyList<MountEntry> Parse(ReadOnlySpan<byte> content)
    {
        var entries = new List<MountEntry>();
        while (!content.IsEmpty)
        {
            int end = content.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? content : content[..end];
            content = end < 0 ? [] : content[(end + 1)..];
            if (line.IsEmpty)
            {
                continue;
            }

            if (entries.Count >= MaxEntries)
            {
                throw new KataException(ErrorCode.ResourceExhausted, $"mountinfo has more than {MaxEntries} lines");
            }

            string text = KernelText.Decode(line);
            entries.Add(TryParseLine(text) ?? throw KataException.Invalid($"malformed mountinfo line '{Printable.Escape(text, 256)}'"));
        }

        return entries;
    }

    /// <summary>Undoes the octal escapes (<c>\040</c> is a blank) of proc files.</summary>
    internal static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
        {
            return field;
        }

        var text = new StringBuilder(field.Length);
        for (int i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length && IsOctal(field[i + 1], '3') && IsOctal(field[i + 2], '7') && IsOctal(field[i + 3], '7'))
            {
                text.Append((char)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0')));
                i += 3;
            }
            else
            {
                text.Append(field[i]);
            }
        }

        return text.ToString();
    }

    private static bool IsOctal(char c, char highest) => c >= '0' && c <= highest;

    private static MountEntry? TryParseLine(string line)
    {
        string[] fields = line.Split(' ');
        int separator = fields.Length < FieldsBeforeTags ? -1 : Array.IndexOf(fields, "-", FieldsBeforeTags);
        if (separator < 0
            || fields.Length < separator + 1 + FieldsAfterTags
            || !TryNumber(fields[0], out int id)
            || !TryNumber(fields[1], out int parent)
            || TryDevice(fields[2]) is not { } device)
        {
            return null;
        }

        ReadOnlySpan<string> tags = fields.AsSpan(FieldsBeforeTags, separator - FieldsBeforeTags);
        return new MountEntry
        {
            Id = id,
            ParentId = parent,
            Device = device,
            Root = Unescape(fields[3]),
            MountPoint = Unescape(fields[4]),
            Options = fields[5],
            SharedGroup = Tag(tags, "shared:"),
            MasterGroup = Tag(tags, "master:"),
            Unbindable = tags.Contains("unbindable"),
            FileSystemType = Unescape(fields[separator + 1]),
            Source = Unescape(fields[separator + 2]),
            SuperOptions = fields[separator + 3],
        };
    }

    private static int? Tag(ReadOnlySpan<string> tags, string prefix)
    {
        foreach (string tag in tags)
        {
            if (tag.StartsWith(prefix, StringComparison.Ordinal) && TryNumber(tag.AsSpan(prefix.Length), out int group))
            {
                return group;
            }
        }

        return null;
    }

    private static DeviceNumber? TryDevice(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && TryNumber(text.AsSpan(0, colon), out int major) && TryNumber(text.AsSpan(colon + 1), out int minor)
            ? new DeviceNumber((uint)major, (uint)minor)
            : null;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
