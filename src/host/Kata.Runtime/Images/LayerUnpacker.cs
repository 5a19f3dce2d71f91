using Kata.Linux;
using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>Applies one layer to a directory that shows the layers below it.</summary>
/// <remarks>
/// The archive may be hostile. Every lookup is confined to the directory by the kernel (openat2, RESOLVE_IN_ROOT), so links, wherever they
/// lead, end inside; links in the way of a path are followed there, as the images of some builders need it, the last component never is.
/// Names with ".." are refused. What is in the way of an entry is replaced, as containerd does it.
/// </remarks>
internal sealed class LayerUnpacker : IDisposable
{
    private const string Whiteout = ".wh.";
    private const string OpaqueMarker = ".wh..wh..opq";
    private const string MetadataPrefix = ".wh..wh.";

    private readonly ConfinedDirectory _root;
    private readonly ImageLimits _limits;
    private readonly EntryAttributes _attributes = new();
    private readonly HashSet<string> _unpacked = new(StringComparer.Ordinal);
    private readonly List<(ImagePath Path, TarEntry Entry)> _directories = [];
    private readonly byte[] _buffer = new byte[64 << 10];
    private (string Path, Fd Directory)? _parent;

    private LayerUnpacker(ConfinedDirectory root, ImageLimits limits)
    {
        _root = root;
        _limits = limits;
    }

    /// <summary>Unpacks all entries of an archive.</summary>
    /// <param name="archive">The layer, uncompressed.</param>
    /// <param name="root">Where to; not disposed.</param>
    /// <param name="limits">What may be asked for.</param>
    /// <param name="cancellationToken">Stops in the middle; the directory is of no use then.</param>
    /// <exception cref="KataException">InvalidArgument: the archive is damaged, or asks for something outside. ResourceExhausted: it asks for too much.</exception>
    public static void Unpack(TarReader archive, ConfinedDirectory root, ImageLimits limits, CancellationToken cancellationToken)
    {
        using var unpacker = new LayerUnpacker(root, limits);
        for (int count = 0; archive.Next() is { } entry; count++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (count == limits.EntriesPerLayer)
            {
                throw new KataException(ErrorCode.ResourceExhausted, $"the layer has more than {limits.EntriesPerLayer} entries");
            }

            unpacker.ApplyNamed(entry, archive, cancellationToken);
        }

        unpacker.FinishDirectories();
    }

    /// <summary>Closes what is open.</summary>
    public void Dispose() => ForgetParent();

    private void ApplyNamed(TarEntry entry, TarReader archive, CancellationToken cancellationToken)
    {
        try
        {
            Apply(entry, ImagePath.Parse(entry.Name, _limits), archive, cancellationToken);
        }
        catch (LinuxException error)
        {
            ErrorCode code = error.Errno is Errno.ENOSPC or Errno.EDQUOT ? ErrorCode.ResourceExhausted : error.Code;
            throw new KataException(code, $"unpack \"{Printable.Escape(entry.Name, maxLength: 256)}\": {error.Message}", error);
        }
    }

    private void Apply(TarEntry entry, ImagePath path, TarReader archive, CancellationToken cancellationToken)
    {
        if (path.IsRoot)
        {
            if (entry.Kind != TarEntryKind.Directory)
            {
                throw KataException.Invalid("the root of the image is not a directory");
            }

            _directories.Add((path, entry));
            return;
        }

        if (path.Name.StartsWith(Whiteout, StringComparison.Ordinal))
        {
            ApplyWhiteout(path);
            return;
        }

        Fd parent = OpenParent(path);
        if (!MakeWay(parent, path, entry.Kind))
        {
            Make(parent, path, entry, archive, cancellationToken);
        }

        Remember(path);
        if (entry.Kind == TarEntryKind.Directory)
        {
            // Times and a missing write permission have to wait until everything is inside.
            _directories.Add((path, entry));
        }
    }

    private void Make(Fd parent, ImagePath path, TarEntry entry, TarReader archive, CancellationToken cancellationToken)
    {
        switch (entry.Kind)
        {
            case TarEntryKind.File:
                WriteFile(parent, path.Name, entry, archive, cancellationToken);
                return;
            case TarEntryKind.Directory:
                FileAt.MakeDirectory(parent, path.Name);
                return;
            case TarEntryKind.HardLink:
                MakeHardLink(parent, path.Name, entry.LinkTarget);
                return;
            case TarEntryKind.SymbolicLink:
                MakeSymbolicLink(parent, path.Name, entry);
                return;
            default:
                MakeNode(parent, path.Name, entry);
                return;
        }
    }

    private void WriteFile(Fd parent, string name, TarEntry entry, TarReader archive, CancellationToken cancellationToken)
    {
        using Fd file = FileAt.Open(parent, name, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive, mode: 0x180);
        while (archive.Read(_buffer) is > 0 and var count)
        {
            cancellationToken.ThrowIfCancellationRequested();
            FdIo.WriteAll(file, _buffer.AsSpan(0, count));
        }

        _attributes.Apply(parent, name, file, entry);
    }

    private void MakeHardLink(Fd parent, string name, string target)
    {
        ImagePath from = ImagePath.Parse(target, _limits);
        if (from.IsRoot)
        {
            throw KataException.Invalid($"\"{Printable.Escape(name, maxLength: 256)}\" in the image is a hard link to the root");
        }

        using Fd? directory = _root.TryOpen("/" + from.Parent, OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
        FileStatus? status = directory is null ? null : FileAt.TryStatus(directory, from.Name);
        if (directory is null || status is null || status.Value.IsDirectory)
        {
            throw KataException.Invalid(
                $"\"{Printable.Escape(name, maxLength: 256)}\" in the image is a hard link to \"{Printable.Escape(target, maxLength: 256)}\", which is no file of the image");
        }

        FileAt.MakeHardLink(directory, from.Name, parent, name);
    }

    private void MakeSymbolicLink(Fd parent, string name, TarEntry entry)
    {
        // The target is only text here; whoever follows it later does so inside the container or through a confined lookup.
        if (entry.LinkTarget.Length == 0 || System.Text.Encoding.UTF8.GetByteCount(entry.LinkTarget) > _limits.PathLength)
        {
            throw KataException.Invalid($"\"{Printable.Escape(entry.Name, maxLength: 256)}\" in the image is a symbolic link with an empty or too long target");
        }

        FileAt.MakeSymbolicLink(entry.LinkTarget, parent, name);
        _attributes.ApplyToLink(parent, name, entry);
    }

    private void MakeNode(Fd parent, string name, TarEntry entry)
    {
        // Overlayfs reads a character device 0:0 as "deleted".
        if (entry.Kind == TarEntryKind.CharacterDevice && entry.Device == default)
        {
            throw KataException.Invalid($"\"{Printable.Escape(entry.Name, maxLength: 256)}\" in the image is the character device 0:0, which cannot be in a layer");
        }

        FileKind kind = entry.Kind switch
        {
            TarEntryKind.CharacterDevice => FileKind.CharacterDevice,
            TarEntryKind.BlockDevice => FileKind.BlockDevice,
            _ => FileKind.Fifo,
        };
        FileAt.MakeNode(parent, name, kind, mode: 0x180, entry.Device);
        using Fd node = FileAt.Open(parent, name, OpenFlags.Path);
        _attributes.Apply(parent, name, node, entry);
    }

    /// <summary>Removes what is in the way of an entry. True if a directory is there that stays.</summary>
    private bool MakeWay(Fd parent, ImagePath path, TarEntryKind kind)
    {
        if (FileAt.TryStatus(parent, path.Name) is not { } present)
        {
            return false;
        }

        if (present.IsDirectory && kind == TarEntryKind.Directory)
        {
            return true;
        }

        TreeRemover.Remove(parent, path.Name);
        if (_parent is { } cached && (cached.Path == path.Text || cached.Path.StartsWith(path.Text + "/", StringComparison.Ordinal)))
        {
            ForgetParent();
        }

        return false;
    }

    private void ApplyWhiteout(ImagePath path)
    {
        using Fd? parent = _root.TryOpen("/" + path.Parent, OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
        if (parent is null)
        {
            return;
        }

        if (path.Name == OpaqueMarker)
        {
            RemoveLower(parent, path.Parent);
        }
        else if (!path.Name.StartsWith(MetadataPrefix, StringComparison.Ordinal))
        {
            string name = path.Name[Whiteout.Length..];
            if (name is "" or "." or "..")
            {
                throw KataException.Invalid($"the path \"{Printable.Escape(path.Text, maxLength: 256)}\" in the image marks nothing as deleted");
            }

            // A layer's marks are about the layers below; what the layer itself brings stays, in whichever order it comes.
            if (!_unpacked.Contains(Join(path.Parent, name)))
            {
                TreeRemover.Remove(parent, name);
            }
        }

        ForgetParent();
    }

    /// <summary>Removes what a directory shows of the layers below, at any depth.</summary>
    private void RemoveLower(Fd directory, string path)
    {
        // Depth is bounded: only directories that this layer brought are entered, and their depth is.
        foreach (DirectoryEntry entry in DirectoryReader.Read(directory, _limits.EntriesPerLayer))
        {
            string child = Join(path, entry.Name);
            if (!_unpacked.Contains(child))
            {
                TreeRemover.Remove(directory, entry.Name);
            }
            else if (FileAt.Status(directory, entry.Name).IsDirectory)
            {
                using Fd below = FileAt.Open(directory, entry.Name, OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
                RemoveLower(below, child);
            }
        }
    }

    private Fd OpenParent(ImagePath path)
    {
        if (_parent is { } cached && cached.Path == path.Parent)
        {
            return cached.Directory;
        }

        ForgetParent();
        Fd directory = _root.CreateDirectories("/" + path.Parent);
        _parent = (path.Parent, directory);
        return directory;
    }

    private void ForgetParent()
    {
        _parent?.Directory.Dispose();
        _parent = null;
    }

    private void Remember(ImagePath path)
    {
        string text = path.Text;
        // The directories above belong to this layer as well, whether it lists them or not.
        while (text.Length > 0 && _unpacked.Add(text))
        {
            int slash = text.LastIndexOf('/');
            text = slash < 0 ? "" : text[..slash];
        }
    }

    private void FinishDirectories()
    {
        for (int i = _directories.Count - 1; i >= 0; i--)
        {
            (ImagePath path, TarEntry entry) = _directories[i];
            if (path.IsRoot)
            {
                _attributes.ApplyToRoot(_root.Handle, entry);
                continue;
            }

            // A later entry or mark may have replaced or removed it.
            using Fd? parent = _root.TryOpen("/" + path.Parent, OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
            if (parent is null || FileAt.TryStatus(parent, path.Name) is not { IsDirectory: true })
            {
                continue;
            }

            using Fd directory = FileAt.Open(parent, path.Name, OpenFlags.Path | OpenFlagsPerArchitecture.Directory);
            _attributes.Apply(parent, path.Name, directory, entry);
        }
    }

    private static string Join(string parent, string name) => parent.Length == 0 ? name : $"{parent}/{name}";
}
