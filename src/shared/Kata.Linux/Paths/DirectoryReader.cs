using System.Buffers.Binary;
using Kata.Primitives;

namespace Kata.Linux.Paths;

/// <summary>Lists directories that are held open.</summary>
public static unsafe class DirectoryReader
{
    private const int BufferSize = 32 * 1024;
    private const int LengthOffset = 16; // struct linux_dirent64: d_ino 8, d_off 8, d_reclen 2, d_type 1, d_name
    private const int TypeOffset = 18;
    private const int NameOffset = 19;

    /// <summary>The entries of a directory, without <c>.</c> and <c>..</c>, in the order of the file system.</summary>
    /// <param name="directory">The directory; O_PATH descriptors are fine.</param>
    /// <param name="maxEntries">The most entries accepted.</param>
    /// <exception cref="KataException">ResourceExhausted: it has more entries.</exception>
    /// <exception cref="LinuxException">ENOTDIR: not a directory. Others as getdents64(2).</exception>
    public static IReadOnlyList<DirectoryEntry> Read(Fd directory, int maxEntries = 1_000_000)
    {
        // Opened anew: an O_PATH descriptor cannot be read, and the position of a shared one is not ours to move.
        using Fd stream = Reopen(directory);
        var entries = new List<DirectoryEntry>();
        byte[] buffer = new byte[BufferSize];
        while (true)
        {
            int length = Fill(stream, buffer);
            if (length == 0)
            {
                return entries;
            }

            Parse(buffer.AsSpan(0, length), entries);
            if (entries.Count > maxEntries)
            {
                throw new KataException(ErrorCode.ResourceExhausted, $"a directory has more than {maxEntries} entries");
            }
        }
    }

    /// <summary>Takes entries from what getdents64(2) returned.</summary>
    internal static void Parse(ReadOnlySpan<byte> records, List<DirectoryEntry> entries)
    {
        while (records.Length > NameOffset)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(records[LengthOffset..]);
            if (length <= NameOffset || length > records.Length)
            {
                throw new KataException(ErrorCode.Internal, "a directory record has an impossible length");
            }

            ReadOnlySpan<byte> name = records[NameOffset..length];
            int end = name.IndexOf((byte)0);
            string text = KernelText.Decode(end < 0 ? name : name[..end]);
            if (text is not ("." or ".." or ""))
            {
                entries.Add(new DirectoryEntry(text, (FileKind)((uint)records[TypeOffset] << 12)));
            }

            records = records[length..];
        }
    }

    internal static Fd Reopen(Fd directory)
    {
        int fd = PathCalls.OpenAt(directory, ".", OpenFlagsPerArchitecture.Directory | OpenFlags.CloseOnExec, 0);
        return fd >= 0 ? new Fd(fd) : throw LinuxException.FromLastError("openat", ".");
    }

    internal static int Fill(Fd stream, byte[] buffer)
    {
        fixed (byte* start = buffer)
        {
            nint length = PathCalls.GetDirectoryEntries(stream, start, buffer.Length);
            return length >= 0 ? (int)length : throw LinuxException.FromLastError("getdents64");
        }
    }
}
