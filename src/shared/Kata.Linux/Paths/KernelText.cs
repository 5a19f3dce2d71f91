using System.Text;
using System.Text.Unicode;

namespace Kata.Linux.Paths;

/// <summary>
/// Names as the kernel has them are bytes; ours are strings. Bytes that are no UTF-8 become lone surrogates (0xFF ↔ U+DCFF) and become the same bytes
/// again on the way back, so that a file with any name can be opened and removed. Everything in this library that takes or returns a path does this.
/// </summary>
public static class KernelText
{
    private const int EscapeBase = 0xDC00;
    private const int FirstEscape = 0xDC80;
    private const int LastEscape = 0xDCFF;

    /// <summary>The string for bytes.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (Utf8.IsValid(bytes))
        {
            return Encoding.UTF8.GetString(bytes);
        }

        var text = new StringBuilder(bytes.Length);
        while (!bytes.IsEmpty)
        {
            bool valid = Rune.DecodeFromUtf8(bytes, out Rune rune, out int consumed) == System.Buffers.OperationStatus.Done;
            if (valid)
            {
                text.Append(rune.ToString());
            }
            else
            {
                foreach (byte b in bytes[..consumed])
                {
                    text.Append((char)(EscapeBase + b));
                }
            }

            bytes = bytes[consumed..];
        }

        return text.ToString();
    }

    /// <summary>The most bytes that <see cref="Encode"/> writes for a text.</summary>
    internal static int MaxBytes(string text) => text.Length * 3;

    /// <summary>Writes the bytes for a string.</summary>
    /// <returns>Number of bytes.</returns>
    internal static int Encode(string text, Span<byte> bytes)
    {
        if (text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0)
        {
            return Encoding.UTF8.GetBytes(text, bytes);
        }

        int length = 0;
        for (int i = 0; i < text.Length;)
        {
            if (Rune.TryGetRuneAt(text, i, out Rune rune))
            {
                length += rune.EncodeToUtf8(bytes[length..]);
                i += rune.Utf16SequenceLength;
            }
            else
            {
                length += text[i] is >= (char)FirstEscape and <= (char)LastEscape
                    ? Put(bytes[length..], (byte)(text[i] - EscapeBase))
                    : Rune.ReplacementChar.EncodeToUtf8(bytes[length..]);
                i++;
            }
        }

        return length;
    }

    private static int Put(Span<byte> bytes, byte value)
    {
        bytes[0] = value;
        return 1;
    }
}
