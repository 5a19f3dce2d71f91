namespace Kata.Linux.Paths;

/// <summary>Reads a directory piece by piece, so that one with very many entries costs no more memory than a small one. One thread at a time.</summary>
public sealed class DirectoryStream : IDisposable
{
    private const int BufferSize = 8 * 1024;

    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly Fd _stream;

    /// <summary>Begins with the first entry.</summary>
    /// <param name="directory">The directory; O_PATH descriptors are fine.</param>
    /// <exception cref="LinuxException">ENOTDIR: not a directory. Others as openat(2).</exception>
    public DirectoryStream(Fd directory) => _stream = DirectoryReader.Reopen(directory);

    /// <summary>The next entries, without <c>.</c> and <c>..</c>, in the order of the file system; none at the end.</summary>
    /// <exception cref="LinuxException">As getdents64(2).</exception>
    public IReadOnlyList<DirectoryEntry> Next()
    {
        var entries = new List<DirectoryEntry>();
        while (entries.Count == 0 && DirectoryReader.Fill(_stream, _buffer) is var length and > 0)
        {
            DirectoryReader.Parse(_buffer.AsSpan(0, length), entries);
        }

        return entries;
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}
