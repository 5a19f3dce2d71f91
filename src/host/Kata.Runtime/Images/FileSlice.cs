using Microsoft.Win32.SafeHandles;

namespace Kata.Runtime.Images;

/// <summary>A part of a file, as a stream with a position of its own. The file stays with its owner.</summary>
internal sealed class FileSlice(SafeFileHandle file, long offset, long length) : ForwardStream
{
    private long _position;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        int wanted = (int)Math.Min(buffer.Length, length - _position);
        int count = wanted == 0 ? 0 : RandomAccess.Read(file, buffer[..wanted], offset + _position);
        _position += count;
        return count;
    }
}
