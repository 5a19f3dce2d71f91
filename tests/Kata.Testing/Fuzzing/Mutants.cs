using System.Text;

namespace Kata.Testing.Fuzzing;

/// <summary>Damaged copies of seeds.</summary>
internal sealed class Mutants(IReadOnlyList<byte[]> seeds, FuzzOptions options, Random random)
{
    private const int MostChanges = 5;
    private const int MostRepeated = 64;

    private readonly byte[][] _pieces = [.. options.Pieces.Select(Encoding.UTF8.GetBytes)];

    /// <summary>A copy of a seed with one change or a few.</summary>
    public byte[] Of(byte[] seed)
    {
        int from = seed.Length > options.Window ? random.Next(seed.Length - options.Window) : 0;
        byte[] copy = seed.Length > options.Window ? seed[from..(from + options.Window)] : [.. seed];
        for (int n = random.Next(1, MostChanges + 1); n > 0 && copy.Length > 0; n--)
        {
            copy = Changed(copy, random.Next(copy.Length));
        }

        return options.Repair?.Invoke(copy, random) ?? copy;
    }

    private byte[] Changed(byte[] copy, int at)
    {
        switch (random.Next(_pieces.Length > 0 ? 12 : 9))
        {
            case 0 or 1:
                return [.. copy[..at], (byte)random.Next(256), .. copy[(at + 1)..]];
            case 2:
                return [.. copy[..at], (byte)(copy[at] ^ (1 << random.Next(8))), .. copy[(at + 1)..]];
            case 3:
                return copy[..at];
            case 4:
                return [.. copy[..at], .. copy[Math.Min(copy.Length, at + random.Next(1, 20))..]];
            case 5:
                return [.. copy[..at], .. copy[random.Next(copy.Length)..]];
            case 6:
                return [.. copy[..at], .. Enumerable.Repeat(copy[at], random.Next(MostRepeated)), .. copy[at..]];
            case 7:
                byte[] other = seeds[random.Next(seeds.Count)];
                int from = random.Next(other.Length);
                return [.. copy[..at], .. other[from..Math.Min(other.Length, from + random.Next(1, MostRepeated))], .. copy[at..]];
            case 8:
                return WithLineAgain(copy, at);
            default:
                return [.. copy[..at], .. _pieces[random.Next(_pieces.Length)], .. copy[at..]];
        }
    }

    // Which leaves most of a text as it was.
    private byte[] WithLineAgain(byte[] text, int at)
    {
        int start = text.AsSpan(0, at).LastIndexOf((byte)'\n') + 1;
        int length = text.AsSpan(at).IndexOf((byte)'\n');
        byte[] line = text[start..(length < 0 ? text.Length : at + length + 1)];
        int place = text.AsSpan(0, random.Next(text.Length)).LastIndexOf((byte)'\n') + 1;
        return line.Length > 1000 ? text : [.. text[..place], .. line, .. text[place..]];
    }
}
