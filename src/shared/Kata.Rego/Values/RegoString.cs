namespace Kata.Rego.Values;

/// <summary>A text; texts sort by their code units.</summary>
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

    internal override int CompareSame(RegoValue other) => string.CompareOrdinal(Value, ((RegoString)other).Value);
}
