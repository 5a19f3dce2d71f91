using Kata.Linux.Paths;
using Kata.Primitives;
using Microsoft.Win32.SafeHandles;

namespace Kata.Linux.Processes;

/// <summary>
/// Native memory that is given out piece by piece and freed as a whole, when the owner and every child that still reads it are done (the reference count of
/// the handle). Not safe for concurrent use, apart from the count.
/// </summary>
internal sealed unsafe class NativeArena : SafeHandleZeroOrMinusOneIsInvalid
{
    private readonly List<(nint Start, int Size)> _blocks = [];
    private byte* _next;
    private int _left;

    internal NativeArena()
        : base(ownsHandle: true) => SetHandle(1);

    /// <summary>Zeroed memory, aligned to 16 bytes.</summary>
    internal void* Allocate(int size)
    {
        int rounded = Math.Max((size + 15) & ~15, 16);
        if (rounded > _left)
        {
            int block = Math.Max(rounded, LaunchMemory.BlockSize);
            _next = (byte*)LaunchMemory.Allocate(block);
            _left = block;
            _blocks.Add(((nint)_next, block));
        }

        void* piece = _next;
        _next += rounded;
        _left -= rounded;
        return piece;
    }

    /// <summary>A copy of the bytes.</summary>
    internal void* Copy(ReadOnlySpan<byte> bytes)
    {
        void* copy = Allocate(bytes.Length);
        bytes.CopyTo(new Span<byte>(copy, bytes.Length));
        return copy;
    }

    /// <summary>A copy as the kernel has texts, with a zero at the end.</summary>
    /// <exception cref="KataException">InvalidArgument: the text itself holds a zero, and the kernel would see less than was meant.</exception>
    internal byte* Text(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw KataException.Invalid($"'{Printable.Escape(text, maxLength: 128)}' contains a zero byte, which no path, argument or variable can");
        }

        int most = KernelText.MaxBytes(text);
        byte* copy = (byte*)Allocate(most + 1); // zeroed, so the end is marked wherever it is
        KernelText.Encode(text, new Span<byte>(copy, most));
        return copy;
    }

    /// <summary>An array of such texts with a null at the end.</summary>
    internal byte** Texts(IReadOnlyList<string> texts)
    {
        byte** array = (byte**)Allocate((texts.Count + 1) * sizeof(byte*));
        for (int i = 0; i < texts.Count; i++)
        {
            array[i] = Text(texts[i]);
        }

        return array;
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        foreach ((nint start, int size) in _blocks)
        {
            LaunchMemory.Free(start, size);
        }

        return true;
    }
}
