using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Agent.Storage.Watching;

/// <summary>What a watched directory looked like at one time. Read by descriptors only, so that no link in it is ever followed.</summary>
internal sealed class SourceTree
{
    private SourceTree(SortedDictionary<string, SourceEntry> entries, int skipped)
    {
        Entries = entries;
        Skipped = skipped;
    }

    /// <summary>The entries by their path, parents before what is in them; the directory itself is the empty path.</summary>
    public SortedDictionary<string, SourceEntry> Entries { get; }

    /// <summary>Devices, FIFOs and sockets, which are not copied.</summary>
    public int Skipped { get; }

    /// <summary>Nothing.</summary>
    public static SourceTree Empty { get; } = new([], 0);

    /// <summary>Looks at a directory or file.</summary>
    /// <param name="source">It, opened with O_PATH.</param>
    /// <param name="limits">How large it may be.</param>
    /// <exception cref="KataException">ResourceExhausted: it is larger; the message says which limit.</exception>
    /// <exception cref="LinuxException">ENOENT: it changed while it was read. Others as statx(2).</exception>
    public static SourceTree Read(Fd source, WatchLimits limits)
    {
        FileStatus top = FileAt.FreshStatus(source);
        var reader = new Reader(limits);
        reader.Add(string.Empty, SourceEntry.From(top, target: null));
        if (top.IsDirectory)
        {
            reader.Descend(source, string.Empty, depth: 0);
        }

        return new SourceTree(reader.Entries, reader.Skipped);
    }

    /// <summary>
    /// Whether every <c>..data</c> leads to a directory that was seen too. If not, the look fell between two versions: a shared file system may show a link as it
    /// was a second ago beside a directory as it is.
    /// </summary>
    public bool IsOfOneTime
    {
        get
        {
            foreach ((string path, SourceEntry entry) in Entries)
            {
                string parent = path.EndsWith("/..data", StringComparison.Ordinal) ? path[..^6] : string.Empty;
                bool isCurrent = entry.Kind == FileKind.SymbolicLink && (parent.Length > 0 || path == "..data");
                if (isCurrent && entry.Target is { } target && !target.Contains('/', StringComparison.Ordinal) && !Entries.ContainsKey(parent + target))
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>Whether two looks saw the same.</summary>
    public bool IsSameAs(SourceTree other) => Entries.Count == other.Entries.Count && Entries.SequenceEqual(other.Entries);

    private sealed class Reader(WatchLimits limits)
    {
        private long _bytes;

        public SortedDictionary<string, SourceEntry> Entries { get; } = new(StringComparer.Ordinal);

        public int Skipped { get; private set; }

        public void Add(string path, SourceEntry entry)
        {
            if (Entries.Count > limits.MaxEntries)
            {
                throw Exceeded($"{limits.MaxEntries} entries");
            }

            _bytes += Math.Clamp(entry.Size, 0, long.MaxValue / 2);
            if (_bytes > limits.MaxBytes)
            {
                throw Exceeded($"{limits.MaxBytes} bytes of data");
            }

            Entries.Add(path, entry);
        }

        public void Descend(Fd directory, string path, int depth)
        {
            if (depth > limits.MaxDepth)
            {
                throw Exceeded($"{limits.MaxDepth} directories inside each other");
            }

            foreach (DirectoryEntry child in DirectoryReader.Read(directory, limits.MaxEntries))
            {
                using Fd file = FileAt.Open(directory, child.Name, OpenFlags.Path);
                FileStatus status = FileAt.FreshStatus(file);
                string below = path.Length == 0 ? child.Name : $"{path}/{child.Name}";
                if (status.Kind == FileKind.SymbolicLink)
                {
                    Add(below, SourceEntry.From(status, FileAt.ReadLink(file)));
                }
                else if (status.Kind is FileKind.Regular or FileKind.Directory)
                {
                    Add(below, SourceEntry.From(status, target: null));
                    if (status.IsDirectory)
                    {
                        Descend(file, below, depth + 1);
                    }
                }
                else
                {
                    Skipped++;
                }
            }
        }

        private static KataException Exceeded(string limit) =>
            new(ErrorCode.ResourceExhausted, $"it has more than {limit}, which is the most that is watched for changes");
    }
}
