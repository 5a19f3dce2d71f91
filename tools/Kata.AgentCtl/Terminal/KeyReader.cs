using System.Text;

namespace Kata.AgentCtl.Terminal;

/// <summary>Turns the bytes of a terminal in raw mode into keys.</summary>
/// <param name="next">The next byte; -1 when there are no more.</param>
internal sealed class KeyReader(Func<int> next)
{
    private const int Escape = 0x1b;
    private const int MaxSequence = 16;

    /// <summary>The next key.</summary>
    /// <returns>The key, and the character if it is one.</returns>
    public (Key Key, Rune Character) Read()
    {
        int first = next();
        Key key = first switch
        {
            < 0 => Key.Gone,
            1 => Key.Start,
            2 => Key.Left,
            3 => Key.Cancel,
            4 => Key.DeleteOrEnd,
            5 => Key.End,
            6 => Key.Right,
            8 or 127 => Key.DeleteBefore,
            9 => Key.Complete,
            10 or 13 => Key.Enter,
            11 => Key.CutToEnd,
            12 => Key.ClearScreen,
            14 => Key.Newer,
            16 => Key.Older,
            18 => Key.SearchOlder,
            21 => Key.CutToStart,
            23 => Key.CutWord,
            25 => Key.Paste,
            Escape => ReadSequence(),
            < 32 => Key.Unknown,
            _ => Key.Character,
        };
        return key == Key.Character ? ReadCharacter(first) : (key, default);
    }

    private (Key Key, Rune Character) ReadCharacter(int first)
    {
        int length = first switch { >= 0xf0 and < 0xf8 => 4, >= 0xe0 and < 0xf0 => 3, >= 0xc0 and < 0xe0 => 2, _ => 1 };
        Span<byte> bytes = stackalloc byte[length];
        bytes[0] = (byte)first;
        for (int i = 1; i < length; i++)
        {
            int more = next();
            if (more < 0)
            {
                return (Key.Gone, default);
            }

            bytes[i] = (byte)more;
        }

        return Rune.DecodeFromUtf8(bytes, out Rune character, out int used) == System.Buffers.OperationStatus.Done && used == length
            ? (Key.Character, character)
            : (Key.Unknown, default);
    }

    private Key ReadSequence()
    {
        int kind = next();
        if (kind is not ('[' or 'O'))
        {
            return kind switch { 'b' or 'B' => Key.WordLeft, 'f' or 'F' => Key.WordRight, < 0 => Key.Gone, _ => Key.Unknown };
        }

        var text = new StringBuilder();
        while (text.Length < MaxSequence)
        {
            int c = next();
            if (c < 0)
            {
                return Key.Gone;
            }

            text.Append((char)c);
            if (c is >= 0x40 and <= 0x7e)
            {
                break;
            }
        }

        return text.ToString() switch
        {
            "A" => Key.Older,
            "B" => Key.Newer,
            "C" => Key.Right,
            "D" => Key.Left,
            "H" or "1~" or "7~" => Key.Start,
            "F" or "4~" or "8~" => Key.End,
            "3~" => Key.Delete,
            "1;5C" or "1;3C" => Key.WordRight,
            "1;5D" or "1;3D" => Key.WordLeft,
            _ => Key.Unknown,
        };
    }
}
