using System.Buffers;

namespace Kata.Hypervisors.Qemu.Qmp;

/// <summary>Splits a stream into lines of bounded length. Not safe for concurrent use.</summary>
internal sealed class QmpLineReader(Stream stream, int maxLineLength) : IDisposable
{
    private const int InitialSize = 4096;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(InitialSize);
    private int _start;
    private int _scanned;
    private int _end;

    /// <summary>Reads the next line that is not empty, without its line ending.</summary>
    /// <returns>The line, valid until the next call; null at the end of the stream. A line cut short by the end is dropped.</returns>
    /// <exception cref="InvalidDataException">The line is longer than allowed.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            int newline = _buffer.AsSpan(_scanned, _end - _scanned).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                int lineEnd = _scanned + newline;
                ReadOnlyMemory<byte> line = _buffer.AsMemory(_start, lineEnd - _start);
                _start = _scanned = lineEnd + 1;
                line = line.TrimEnd((byte)'\r');
                if (line.IsEmpty)
                {
                    continue;
                }

                return line;
            }

            _scanned = _end;
            if (_end - _start > maxLineLength)
            {
                throw new InvalidDataException($"a line is longer than {maxLineLength} bytes");
            }

            MakeRoom();
            int read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (read == 0)
            {
                return null;
            }

            _end += read;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        byte[] buffer = _buffer;
        _buffer = [];
        _start = _scanned = _end = 0;
        if (buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void MakeRoom()
    {
        if (_end < _buffer.Length)
        {
            return;
        }

        int used = _end - _start;
        byte[] target = used > _buffer.Length / 2 ? ArrayPool<byte>.Shared.Rent(_buffer.Length * 2) : _buffer;
        _buffer.AsSpan(_start, used).CopyTo(target);
        if (target != _buffer)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = target;
        }

        _scanned -= _start;
        _end = used;
        _start = 0;
    }
}
