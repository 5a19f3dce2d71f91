using System.Text;
using Kata.Primitives;

namespace Kata.Hypervisors;

/// <summary>
/// The end of a stream of bytes from an untrusted writer (a guest's console, a VMM's stderr), kept for error messages. Holds a fixed number of bytes and
/// never blocks the writer. Safe for concurrent use.
/// </summary>
public sealed class ConsoleTail
{
    /// <summary>The bytes kept unless told otherwise: some hundred lines.</summary>
    public const int DefaultCapacity = 32 * 1024;

    private const int MaxLineLength = 512;
    private readonly Lock _gate = new();
    private readonly byte[] _ring;
    private long _written;

    /// <summary>Makes an empty ring.</summary>
    /// <param name="capacity">Bytes to keep; at least 1.</param>
    public ConsoleTail(int capacity = DefaultCapacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _ring = new byte[capacity];
    }

    /// <summary>All bytes ever appended, those lost since included.</summary>
    public long TotalBytes
    {
        get
        {
            lock (_gate)
            {
                return _written;
            }
        }
    }

    /// <summary>Adds bytes; the oldest ones make room.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            _written += bytes.Length;
            ReadOnlySpan<byte> kept = bytes.Length > _ring.Length ? bytes[^_ring.Length..] : bytes;
            int start = (int)((_written - kept.Length) % _ring.Length);
            int first = Math.Min(kept.Length, _ring.Length - start);
            kept[..first].CopyTo(_ring.AsSpan(start));
            kept[first..].CopyTo(_ring);
        }
    }

    /// <summary>The last lines that are not blank, oldest first, each escaped to printable characters and cut to a bounded length.</summary>
    /// <param name="lines">The most lines to return; at least 0.</param>
    public IReadOnlyList<string> Tail(int lines)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lines);
        byte[] snapshot = Snapshot(out bool cut);
        var found = new List<string>();
        int end = snapshot.Length;
        while (end > 0 && found.Count < lines)
        {
            int newline = snapshot.AsSpan(0, end).LastIndexOf((byte)'\n');
            ReadOnlySpan<byte> line = snapshot.AsSpan(newline + 1, end - newline - 1).Trim("\r\0 \t"u8);
            if (!line.IsEmpty)
            {
                found.Add((newline < 0 && cut ? "…" : string.Empty) + Readable(line));
            }

            end = newline;
        }

        found.Reverse();
        return found;
    }

    private static string Readable(ReadOnlySpan<byte> line)
    {
        // A byte is at most one character more after decoding, so a line of a megabyte is never decoded in full.
        ReadOnlySpan<byte> head = line[..Math.Min(line.Length, MaxLineLength + 1)];
        return Printable.Escape(Encoding.UTF8.GetString(head), MaxLineLength);
    }

    private byte[] Snapshot(out bool cut)
    {
        lock (_gate)
        {
            cut = _written > _ring.Length;
            if (!cut)
            {
                return _ring.AsSpan(0, (int)_written).ToArray();
            }

            int start = (int)(_written % _ring.Length);
            return [.. _ring.AsSpan(start), .. _ring.AsSpan(0, start)];
        }
    }
}
