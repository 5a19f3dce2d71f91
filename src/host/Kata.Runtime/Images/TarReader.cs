using Kata.Linux.Paths;
using Kata.Primitives;

namespace Kata.Runtime.Images;

/// <summary>Reads archives of unknown origin, one entry after the other, in memory that does not depend on what the archive claims.</summary>
/// <remarks>
/// Knows the POSIX and GNU forms. System.Formats.Tar is not used here because it follows claims of sizes and names further than an archive
/// of unknown origin deserves. Sparse and multi-volume entries are refused.
/// </remarks>
public sealed class TarReader
{
    private const int MaxLongName = 64 << 10;
    private const int MaxPaxHeader = 1 << 20;
    private const int MaxHeadersInARow = 8;
    private const long LatestTime = 1L << 34;

    private readonly Stream _archive;
    private readonly byte[] _block = new byte[TarHeader.Size];
    private long _left;
    private int _padding;

    /// <summary>Begins at the stream's present position. The stream is not disposed.</summary>
    public TarReader(Stream archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        _archive = archive;
    }

    /// <summary>How many bytes of the archive have been read; right after <see cref="Next"/> where the entry's data begins.</summary>
    public long Position { get; private set; }

    /// <summary>Goes to the next entry, past what was not read of the present one. Null at the end.</summary>
    /// <exception cref="KataException">InvalidArgument: the archive is damaged or cut off. Unsupported: it has an entry of a kind that layers do not have.</exception>
    public TarEntry? Next()
    {
        var extended = new PaxRecords();
        string? longName = null;
        string? longTarget = null;
        for (int headers = 0; headers < MaxHeadersInARow; headers++)
        {
            Skip(_left + _padding);
            (_left, _padding) = (0, 0);
            if (!ReadHeaderBlock())
            {
                return headers == 0 ? null : throw CutOff();
            }

            TarHeader header = TarHeader.Parse(_block);
            SetData(header.DataSize);
            switch (header.Type)
            {
                case 'x':
                    extended.Add(ReadMeta(MaxPaxHeader));
                    break;
                case 'g':
                    // Holds defaults for all that follows, such as a comment of git; nothing a layer may rely on.
                    ReadMeta(MaxPaxHeader);
                    break;
                case 'L':
                    longName = TarHeader.Text(ReadMeta(MaxLongName));
                    break;
                case 'K':
                    longTarget = TarHeader.Text(ReadMeta(MaxLongName));
                    break;
                default:
                    return ToEntry(header, extended, longName, longTarget);
            }
        }

        throw KataException.Invalid("not a tar archive, or a damaged one: too many headers before an entry");
    }

    /// <summary>Reads data of the present entry.</summary>
    /// <returns>How many bytes; 0 at the end of the entry.</returns>
    /// <exception cref="KataException">InvalidArgument: the archive is cut off.</exception>
    public int Read(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(buffer.Length, _left);
        if (wanted == 0)
        {
            return 0;
        }

        int count = _archive.Read(buffer[..wanted]);
        if (count == 0)
        {
            throw CutOff();
        }

        Position += count;
        _left -= count;
        return count;
    }

    /// <summary>Reads the archive to the end of the stream: tar ends before its padding does, but a checksum covers that too.</summary>
    public void Drain()
    {
        byte[] buffer = new byte[16 << 10];
        while (_archive.Read(buffer) is > 0 and var count)
        {
            Position += count;
        }
    }

    private TarEntry ToEntry(in TarHeader header, PaxRecords extended, string? longName, string? longTarget)
    {
        string name = extended.Path ?? longName ?? header.Name;
        TarEntryKind kind = KindOf(header.Type, name);
        // Whatever size the header of a link, a directory or a device names: there is no data. Go reads and writes archives this way.
        SetData(header.Type is '0' or '7' ? extended.Size ?? header.DataSize : 0);
        (long seconds, uint nanoseconds) = extended.Modified ?? (header.ModifiedSeconds, 0);
        return new TarEntry
        {
            Name = name,
            Kind = kind,
            LinkTarget = kind is TarEntryKind.HardLink or TarEntryKind.SymbolicLink ? extended.LinkTarget ?? longTarget ?? header.LinkTarget : "",
            Size = kind == TarEntryKind.File ? _left : 0,
            Mode = header.Mode,
            UserId = extended.UserId ?? header.UserId,
            GroupId = extended.GroupId ?? header.GroupId,
            ModifiedSeconds = Math.Clamp(seconds, 0, LatestTime),
            ModifiedNanoseconds = nanoseconds,
            Device = kind is TarEntryKind.CharacterDevice or TarEntryKind.BlockDevice ? new DeviceNumber(header.DeviceMajor, header.DeviceMinor) : default,
            ExtendedAttributes = extended.ExtendedAttributes,
        };
    }

    private static TarEntryKind KindOf(char type, string name) => type switch
    {
        // Archives older than POSIX have no type for directories.
        '0' or '7' => name.EndsWith('/') ? TarEntryKind.Directory : TarEntryKind.File,
        '1' => TarEntryKind.HardLink,
        '2' => TarEntryKind.SymbolicLink,
        '3' => TarEntryKind.CharacterDevice,
        '4' => TarEntryKind.BlockDevice,
        '5' => TarEntryKind.Directory,
        '6' => TarEntryKind.Fifo,
        _ => throw KataException.Unsupported(
            $"\"{Printable.Escape(name, maxLength: 256)}\" in the archive is of type '{Printable.Escape(type.ToString(), maxLength: 8)}', which layers do not have"),
    };

    private void SetData(long size)
    {
        if (size is < 0 or > long.MaxValue - TarHeader.Size)
        {
            throw KataException.Invalid($"not a tar archive, or a damaged one: an entry has the impossible size {size}");
        }

        _left = size;
        _padding = (int)((TarHeader.Size - (size % TarHeader.Size)) % TarHeader.Size);
    }

    private byte[] ReadMeta(int max)
    {
        if (_left > max)
        {
            throw KataException.Invalid($"an extended header of the archive has {_left} bytes, the most is {max}");
        }

        byte[] data = new byte[_left];
        for (int length = 0; length < data.Length;)
        {
            length += Read(data.AsSpan(length));
        }

        return data;
    }

    /// <summary>False at the end of the archive: a block of zeros, or no block at all.</summary>
    private bool ReadHeaderBlock()
    {
        int length = _archive.ReadAtLeast(_block, _block.Length, throwOnEndOfStream: false);
        Position += length;
        return length == _block.Length
            ? _block.AsSpan().ContainsAnyExcept((byte)0)
            : length == 0 ? false : throw CutOff();
    }

    private void Skip(long count)
    {
        if (_archive.CanSeek)
        {
            if (count > _archive.Length - _archive.Position)
            {
                throw CutOff();
            }

            _archive.Seek(count, SeekOrigin.Current);
            Position += count;
            return;
        }

        byte[] buffer = count > 0 ? new byte[Math.Min(count, 16 << 10)] : [];
        while (count > 0)
        {
            int read = _archive.Read(buffer.AsSpan(0, (int)Math.Min(count, buffer.Length)));
            if (read == 0)
            {
                throw CutOff();
            }

            Position += read;
            count -= read;
        }
    }

    private static KataException CutOff() => KataException.Invalid("the archive is cut off");
}
