using Kata.Agent.Storage;
using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;
using Kata.Protocols.Agent;
using Microsoft.Extensions.Logging;

namespace Kata.Agent.Files;

/// <summary>
/// Takes files, directories and links that the host copies into the guest, and nowhere but below the shared directory: no link on the way is followed. Files
/// come in chunks in any order and appear at once, complete and with their mode and owner. Safe for concurrent use.
/// </summary>
internal sealed class FileCopier : IDisposable
{
    private const int MaxPending = 64;
    private static readonly TimeSpan Abandoned = TimeSpan.FromMinutes(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, PendingFile> _pending = [];
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _root;
    private readonly ITimer _sweep;

    /// <summary>Makes it.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where failures of cleaning up go.</param>
    /// <param name="root">The directory that <see cref="GuestPaths.Shared"/> stands for.</param>
    public FileCopier(TimeProvider time, ILogger logger, string root = GuestPaths.Shared)
    {
        _time = time;
        _logger = logger;
        _root = root;
        _sweep = time.CreateTimer(_ => Sweep(Abandoned), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Takes one request.</summary>
    /// <exception cref="KataException">InvalidArgument: the request is wrong. ResourceExhausted: too many files at once, or no room.</exception>
    /// <exception cref="LinuxException">ELOOP: a symbolic link is on the way. Others are the file system's.</exception>
    public void Copy(CopyFileRequest request)
    {
        CopyRequest copy = CopyRequest.Parse(request);
        Directory.CreateDirectory(_root);
        using ConfinedDirectory root = ConfinedDirectory.Open(_root, ResolveFlags.Strict);
        lock (_gate)
        {
            switch (copy.Kind)
            {
                case FileKind.Directory:
                    MakeDirectory(root, copy);
                    break;
                case FileKind.SymbolicLink:
                    MakeLink(root, copy);
                    break;
                default:
                    TakeChunk(root, copy);
                    break;
            }
        }
    }

    /// <summary>Removes what has not arrived completely.</summary>
    public void Dispose()
    {
        _sweep.Dispose();
        Sweep(TimeSpan.Zero);
    }

    private void TakeChunk(ConfinedDirectory root, CopyRequest copy)
    {
        if (_pending.TryGetValue(copy.Path, out PendingFile? file) && !file.Continues(copy))
        {
            Drop(file);
            file = null;
        }

        file ??= Begin(root, copy);
        bool keep = false;
        try
        {
            keep = !file.Write(copy);
            if (!keep)
            {
                file.Settle();
            }
        }
        finally
        {
            if (!keep)
            {
                Drop(file);
            }
        }

        file.LastTouched = _time.GetTimestamp();
        _sweep.Change(Abandoned, Abandoned);
    }

    private PendingFile Begin(ConfinedDirectory root, CopyRequest copy)
    {
        if (_pending.Count >= MaxPending)
        {
            throw new KataException(ErrorCode.ResourceExhausted, $"{MaxPending} files are being copied already; finish them first");
        }

        (Fd parent, string name) = OpenParent(root, copy);
        try
        {
            PendingFile file = PendingFile.Begin(copy, parent, name);
            _pending.Add(copy.Path, file);
            return file;
        }
        catch
        {
            parent.Dispose();
            throw;
        }
    }

    private void Drop(PendingFile file)
    {
        _pending.Remove(file.First.Path);
        Teardown.Run(_logger, $"remove the incomplete copy of {Printable.Escape(file.First.Path, 256)}", file.Dispose);
    }

    private void Sweep(TimeSpan age)
    {
        lock (_gate)
        {
            foreach (PendingFile file in _pending.Values.Where(file => _time.GetElapsedTime(file.LastTouched) >= age).ToList())
            {
                Drop(file);
            }

            if (_pending.Count == 0)
            {
                _sweep.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private static void MakeDirectory(ConfinedDirectory root, CopyRequest copy)
    {
        (Fd parent, string name) = OpenParent(root, copy);
        using (parent)
        {
            if (FileAt.TryStatus(parent, name) is not { IsDirectory: true } present)
            {
                string temporary = PendingFile.TemporaryName();
                FileAt.MakeDirectory(parent, temporary, mode: 0x1C0);
                try
                {
                    Describe(parent, temporary, copy.User, copy.Group, copy.Mode);
                    RemoveFile(parent, name);
                    FileAt.Rename(parent, temporary, parent, name);
                }
                catch
                {
                    FileAt.RemoveDirectory(parent, temporary);
                    throw;
                }
            }
            else
            {
                Describe(parent, name, copy.User, copy.Group, copy.Mode);
            }
        }
    }

    private static void MakeLink(ConfinedDirectory root, CopyRequest copy)
    {
        (Fd parent, string name) = OpenParent(root, copy);
        using (parent)
        {
            string temporary = PendingFile.TemporaryName();
            FileAt.MakeSymbolicLink(KernelText.Decode(copy.Data.Span), parent, temporary);
            try
            {
                FileAt.ChangeOwner(parent, temporary, copy.User, copy.Group);
                EntryReplacement.Replace(parent, temporary, name);
            }
            catch
            {
                FileAt.RemoveFile(parent, temporary);
                throw;
            }
        }
    }

    // Not through ConfinedDirectory.OpenParent: directories made on the way belong to the owner of what is copied.
    private static (Fd Parent, string Name) OpenParent(ConfinedDirectory root, CopyRequest copy)
    {
        const OpenFlags Flags = OpenFlags.Path;
        Fd current = root.Open("/", Flags | OpenFlagsPerArchitecture.Directory);
        try
        {
            for (int slash = copy.Path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = copy.Path.IndexOf('/', slash + 1))
            {
                string path = copy.Path[..slash];
                string name = path[(path.LastIndexOf('/') + 1)..];
                Fd next = root.TryOpen(path, Flags | OpenFlagsPerArchitecture.Directory) ?? Make(current, name, copy);
                current.Dispose();
                current = next;
            }

            return (current, copy.Path[(copy.Path.LastIndexOf('/') + 1)..]);
        }
        catch
        {
            current.Dispose();
            throw;
        }
    }

    private static Fd Make(Fd parent, string name, CopyRequest copy)
    {
        FileAt.MakeDirectory(parent, name, copy.ParentMode);
        Describe(parent, name, copy.User, copy.Group, copy.ParentMode);
        return FileAt.Open(parent, name, OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
    }

    private static void Describe(Fd parent, string name, uint user, uint group, uint mode)
    {
        FileAt.ChangeOwner(parent, name, user, group);
        FileAt.ChangeMode(parent, name, mode);
    }

    private static void RemoveFile(Fd parent, string name)
    {
        if (FileAt.TryStatus(parent, name) is not null)
        {
            FileAt.RemoveFile(parent, name);
        }
    }
}
