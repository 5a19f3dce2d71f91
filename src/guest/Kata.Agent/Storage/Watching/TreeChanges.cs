using System.Globalization;
using Kata.Linux;
using Kata.Linux.Paths;

namespace Kata.Agent.Storage.Watching;

/// <summary>
/// The way from one look of a directory to the next. First everything new is copied aside; then it is put into place by renames: files and directories,
/// then links (so that <c>..data</c> points to a directory that is complete), and what is gone goes last.
/// </summary>
internal sealed class TreeChanges(Fd source, Fd stage, SourceTree before, SourceTree after, VolumeGroup? group) : IDisposable
{
    private const uint WorkMode = 0x1C0; // 0700

    private readonly ConfinedDirectory _source = new(source.Duplicate(), ResolveFlags.Strict);
    private readonly List<(string Staged, string Path, SourceEntry Entry)> _staged = [];
    private readonly List<(string Path, SourceEntry Entry)> _changedDirectories = [];

    /// <summary>Copies what is new or changed aside.</summary>
    public void Prepare()
    {
        string? newDirectory = null;
        string stagedDirectory = string.Empty;
        foreach ((string path, SourceEntry entry) in after.Entries)
        {
            if (newDirectory is not null && path.StartsWith(newDirectory + "/", StringComparison.Ordinal))
            {
                Copy(path, entry, stagedDirectory + path[newDirectory.Length..]);
                continue;
            }

            SourceEntry? known = before.Entries.GetValueOrDefault(path);
            if (known == entry)
            {
                continue;
            }

            if (path.Length == 0 || (entry.Kind == FileKind.Directory && known?.Kind == FileKind.Directory))
            {
                _changedDirectories.Add((path, entry));
                continue;
            }

            string name = string.Create(CultureInfo.InvariantCulture, $"new{_staged.Count}");
            Copy(path, entry, name);
            _staged.Add((name, path, entry));
            (newDirectory, stagedDirectory) = entry.Kind == FileKind.Directory ? (path, name) : (null, string.Empty);
        }

        FinishDirectories();
    }

    /// <summary>Puts everything into place.</summary>
    /// <param name="target">The copy's top directory.</param>
    /// <returns>Versions that are gone and still there: somebody who has just followed <c>..data</c> may be reading them.</returns>
    public IReadOnlyList<string> Commit(Fd target)
    {
        using var to = new ConfinedDirectory(target.Duplicate(), ResolveFlags.Strict);
        foreach ((string path, SourceEntry entry) in _changedDirectories)
        {
            using Fd directory = to.Open(path.Length == 0 ? "." : path, OpenFlags.Path);
            SetOwner(directory, entry);
        }

        foreach ((string staged, string path, _) in _staged.Where(s => s.Entry.Kind != FileKind.SymbolicLink).Concat(Links()))
        {
            Put(to, staged, path);
        }

        var left = new List<string>();
        int gone = 0;
        foreach ((string path, SourceEntry entry) in before.Entries.Where(pair => !after.Entries.ContainsKey(pair.Key) && after.Entries.ContainsKey(Parent(pair.Key))))
        {
            if (entry.Kind == FileKind.Directory && path.StartsWith("..", StringComparison.Ordinal) && !path.Contains('/', StringComparison.Ordinal))
            {
                left.Add(path);
            }
            else
            {
                TakeAway(to, path, stage, gone++);
            }
        }

        return left;
    }

    /// <summary>Moves an entry aside, to be removed with the rest of the stage.</summary>
    /// <param name="from">Where it is.</param>
    /// <param name="path">Its path there; nothing happens if there is none.</param>
    /// <param name="stage">The directory for what is not to be seen.</param>
    /// <param name="number">Tells those of one stage apart.</param>
    public static void TakeAway(ConfinedDirectory from, string path, Fd stage, int number)
    {
        (Fd parent, string name) = from.OpenParent(path);
        using (parent)
        {
            if (FileAt.TryStatus(parent, name) is not null)
            {
                FileAt.Rename(parent, name, stage, string.Create(CultureInfo.InvariantCulture, $"gone{number}"));
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private static string Parent(string path) => path.LastIndexOf('/') is var slash and >= 0 ? path[..slash] : string.Empty;

    // "..data" decides which directory the others show, so it comes before new ones, as kubelet does it.
    private IEnumerable<(string Staged, string Path, SourceEntry Entry)> Links() => _staged.Where(s => s.Entry.Kind == FileKind.SymbolicLink)
        .OrderByDescending(s => Path.GetFileName(s.Path).StartsWith("..", StringComparison.Ordinal));

    private void Put(ConfinedDirectory to, string staged, string path)
    {
        (Fd parent, string name) = to.OpenParent(path);
        using (parent)
        {
            bool isDirectory = FileAt.Status(stage, staged).IsDirectory;
            if (FileAt.TryStatus(parent, name) is { } present && (present.IsDirectory || isDirectory))
            {
                FileAt.Exchange(stage, staged, parent, name); // what was there is thrown away with the stage
            }
            else
            {
                FileAt.Rename(stage, staged, parent, name);
            }
        }
    }

    private void Copy(string path, SourceEntry entry, string staged)
    {
        (Fd parent, string name) = OpenStaged(staged);
        using (parent)
        {
            if (entry.Kind == FileKind.Directory)
            {
                FileAt.MakeDirectory(parent, name, WorkMode); // gets its own mode when everything is in it
                return;
            }

            if (entry.Kind == FileKind.SymbolicLink)
            {
                FileAt.MakeSymbolicLink(entry.Target!, parent, name);
                FileAt.ChangeOwner(parent, name, entry.User, group?.Group ?? entry.Group);
                return;
            }

            byte[] content;
            using (Fd from = _source.Open(path, OpenFlags.Path))
            {
                content = SourceFile.Read(from, entry);
            }

            using (Fd file = FileAt.Open(parent, name, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive, WorkMode))
            {
                FdIo.WriteAll(file, content);
                SetOwner(file, entry);
            }

            FileAt.SetTimes(parent, name, entry.ModifiedSeconds, entry.ModifiedNanoseconds);
        }
    }

    private void FinishDirectories()
    {
        foreach ((string staged, string path, SourceEntry entry) in _staged.Where(s => s.Entry.Kind == FileKind.Directory))
        {
            foreach ((string below, SourceEntry child) in after.Entries.Reverse())
            {
                if (child.Kind == FileKind.Directory && below.StartsWith(path + "/", StringComparison.Ordinal))
                {
                    SetOwner(staged + below[path.Length..], child);
                }
            }

            SetOwner(staged, entry);
        }
    }

    private void SetOwner(string staged, SourceEntry entry)
    {
        (Fd parent, string name) = OpenStaged(staged);
        using (parent)
        {
            using Fd directory = FileAt.Open(parent, name, OpenFlags.Path);
            SetOwner(directory, entry);
        }
    }

    private void SetOwner(Fd file, SourceEntry entry)
    {
        FileAt.ChangeOwner(file, entry.User, group?.Group ?? entry.Group);
        FileAt.ChangeMode(file, entry.Permissions);
    }

    private (Fd Parent, string Name) OpenStaged(string staged)
    {
        using var root = new ConfinedDirectory(stage.Duplicate(), ResolveFlags.Strict);
        return root.OpenParent(staged);
    }
}
