using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>The files of a tar archive, found in one pass and read in place.</summary>
internal sealed class ArchiveFiles : IImageFiles
{
    private const int MaxLinks = 4;

    private readonly FileStream _archive;
    private readonly Dictionary<string, (long Offset, long Size)> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);

    private ArchiveFiles(string name, FileStream archive)
    {
        Name = name;
        _archive = archive;
    }

    public string Name { get; }

    /// <summary>Reads the table of contents.</summary>
    /// <param name="path">The archive; gzip is undone into a temporary file first.</param>
    /// <param name="limits">What the archive may ask for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="KataException">InvalidArgument: no archive. ResourceExhausted: too many files, or too large.</exception>
    public static ArchiveFiles Open(string path, ImageLimits limits, CancellationToken cancellationToken)
    {
        FileStream archive = OpenSeekable(path, limits, cancellationToken);
        var files = new ArchiveFiles(path, archive);
        try
        {
            files.ReadContents(limits, cancellationToken);
            return files;
        }
        catch (KataException error)
        {
            archive.Dispose();
            throw new KataException(error.Code, $"{path}: {error.Message}", error);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    public Stream? TryOpen(string path)
    {
        // Archives of older versions of docker save refer to equal layers by links.
        for (int i = 0; i < MaxLinks && _links.TryGetValue(path, out string? target); i++)
        {
            path = target;
        }

        return _files.TryGetValue(path, out (long Offset, long Size) place) ? new FileSlice(_archive.SafeFileHandle, place.Offset, place.Size) : null;
    }

    public void Dispose() => _archive.Dispose();

    private static FileStream OpenSeekable(string path, ImageLimits limits, CancellationToken cancellationToken)
    {
        FileStream file = File.OpenRead(path);
        try
        {
            if (!LayerStream.IsCompressed(file))
            {
                return file;
            }

            using Stream plain = LayerStream.Decompress(file, path);
            return CopyToTemporary(plain, path, limits.LayerSize.Bytes, cancellationToken);
        }
        catch (InvalidDataException error)
        {
            file.Dispose();
            throw KataException.Invalid($"{path} is damaged: {error.Message}", error);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static FileStream CopyToTemporary(Stream plain, string path, long limit, CancellationToken cancellationToken)
    {
        // Gone with the last descriptor, whatever happens to us.
        var copy = new FileStream(Path.GetTempFileName(), FileMode.Open, FileAccess.ReadWrite, FileShare.None, 64 << 10, FileOptions.DeleteOnClose);
        try
        {
            File.Delete(copy.Name);
            byte[] buffer = new byte[64 << 10];
            while (plain.Read(buffer) is > 0 and var count)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (copy.Position + count > limit)
                {
                    throw new KataException(ErrorCode.ResourceExhausted, $"{path} unpacks to more than {limit} bytes");
                }

                copy.Write(buffer, 0, count);
            }

            copy.Flush();
            copy.Position = 0;
            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    private void ReadContents(ImageLimits limits, CancellationToken cancellationToken)
    {
        var reader = new TarReader(_archive);
        while (reader.Next() is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ImagePath path = ImagePath.Parse(entry.Name, limits);
            if (_files.Count + _links.Count == limits.ArchiveEntries)
            {
                throw new KataException(ErrorCode.ResourceExhausted, $"the archive has more than {limits.ArchiveEntries} files");
            }

            switch (entry.Kind)
            {
                case TarEntryKind.File:
                    _files[path.Text] = (reader.Position, entry.Size);
                    break;
                case TarEntryKind.SymbolicLink when ResolveLink(path, entry.LinkTarget) is { } target:
                    _links[path.Text] = target;
                    break;
                case TarEntryKind.HardLink:
                    _links[path.Text] = ImagePath.Parse(entry.LinkTarget, limits).Text;
                    break;
                default:
                    break;
            }
        }
    }

    /// <summary>What a link of an archive leads to, by its text; null if that is outside. Nothing but a name of this table comes of it.</summary>
    private static string? ResolveLink(ImagePath link, string target)
    {
        var parts = new List<string>(link.Parent.Split('/', StringSplitOptions.RemoveEmptyEntries));
        foreach (string part in target.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                if (parts.Count == 0)
                {
                    return null;
                }

                parts.RemoveAt(parts.Count - 1);
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }
}
