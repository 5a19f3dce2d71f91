namespace Kata.Rego.Values;

/// <summary>A text; texts sort by their characters' numbers, which is also the order of their UTF-8.</summary>
public sealed class RegoString : RegoValue
{
    private const int CharactersPerStep = 16;

    /// <summary>Wraps a text.</summary>
    public RegoString(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Value = value;
    }

    /// <summary>The text.</summary>
    public string Value { get; }

    /// <inheritdoc/>
    public override RegoKind Kind => RegoKind.String;

    /// <inheritdoc/>
    public override long Weight => 1 + (Value.Length / CharactersPerStep);

    internal override int CompareSame(RegoValue other)
    {
        ReadOnlySpan<char> first = Value;
        ReadOnlySpan<char> second = ((RegoString)other).Value;
        int at = first.CommonPrefixLength(second);
        return at == first.Length || at == second.Length ? first.Length.CompareTo(second.Length) : Rank(first[at]).CompareTo(Rank(second[at]));
    }

    // Halves of pairs stand for characters behind all others.
    private static int Rank(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
}
