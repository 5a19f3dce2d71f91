using System.Globalization;
using System.Runtime.InteropServices;

namespace Kata.Linux.Hosts;

/// <summary>What this process keeps in memory.</summary>
public static partial class OwnMemory
{
    private const int ArenaMax = -8; // M_ARENA_MAX
    internal const int DontNeed = 4; // MADV_DONTNEED, the same on all architectures

    /// <summary>
    /// Lets all threads share the C library's one heap, apart from those that have another already: each heap costs tens of kilobytes and the time to make
    /// it, which only pays where several processors allocate native memory at once.
    /// </summary>
    public static void UseOneNativeHeap() => SetAllocator(ArenaMax, 1);

    /// <summary>
    /// Gives back the pages of programs and libraries that are mapped read-only and unchanged. The kernel brings those that are still used back from its
    /// cache, without reading a disk. For a process that has started up and will mostly wait: what ran once need not stay in its account.
    /// </summary>
    /// <returns>The number of bytes that were mapped and present.</returns>
    /// <exception cref="LinuxException">The kernel refused.</exception>
    public static long ReleaseCleanFilePages()
    {
        long released = 0;
        var area = new Area();
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            if (!area.Take(line))
            {
                released += area.Release();
                area = new Area();
                area.Take(line);
            }
        }

        return released + area.Release();
    }

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetAllocator(int parameter, int value);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    internal static partial int Advise(nint address, nint length, int advice);

    /// <summary>One mapping, as its lines in smaps come in.</summary>
    private sealed class Area
    {
        private nint _start;
        private nint _end;
        private bool _candidate;
        private bool _headed;
        private long _present;

        /// <summary>Reads a line; false when it begins another mapping.</summary>
        public bool Take(string line)
        {
            // "55d0…-55d1… r-xp 00001000 fe:00 123 /usr/bin/x" begins a mapping, "Rss:  12 kB" goes on with it.
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            if (space > 0 && line[space - 1] == ':')
            {
                TakeCount(line, space);
                return true;
            }

            if (_headed)
            {
                return false;
            }

            _headed = true;
            int dash = line.IndexOf('-', StringComparison.Ordinal);
            if (dash > 0 && space > dash
                && nint.TryParse(line.AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out _start)
                && nint.TryParse(line.AsSpan(dash + 1, space - dash - 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out _end))
            {
                _candidate = line.Length > space + 5 && line[space + 1] == 'r' && line[space + 2] == '-' && line.Contains(" /", StringComparison.Ordinal);
            }

            return true;
        }

        /// <summary>Gives the pages back, if nothing of ours is in them.</summary>
        public long Release()
        {
            if (!_candidate || _present == 0)
            {
                return 0;
            }

            return Advise(_start, _end - _start, DontNeed) == 0 ? _present : throw LinuxException.FromLastError("madvise");
        }

        private void TakeCount(string line, int space)
        {
            ReadOnlySpan<char> name = line.AsSpan(0, space - 1);
            bool present = name is "Rss";
            if (!present && name is not ("Private_Dirty" or "Shared_Dirty" or "Anonymous" or "Locked" or "Swap"))
            {
                return;
            }

            ReadOnlySpan<char> value = line.AsSpan(space).Trim();
            long count = long.TryParse(value[..Math.Max(0, value.IndexOf(' '))], NumberStyles.None, CultureInfo.InvariantCulture, out long kibi) ? kibi * 1024 : 1;
            if (present)
            {
                _present = count;
            }
            else
            {
                // Changed pages, such as relocated tables, exist nowhere else.
                _candidate &= count == 0;
            }
        }
    }
}
