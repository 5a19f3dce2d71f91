namespace Kata.Rego.Values;

/// <summary>True or false.</summary>
public sealed class RegoBoolean : RegoValue
{
    /// <summary>The value true.</summary>
    public static readonly RegoBoolean True = new(true);

    /// <summary>The value false.</summary>
    public static readonly RegoBoolean False = new(false);

    private RegoBoolean(bool value) => Value = value;

    /// <summary>Which of the two.</summary>
    public bool Value { get; }

    /// <inheritdoc/>
    public override RegoKind Kind => RegoKind.Boolean;

    internal override int CompareSame(RegoValue other) => Value.CompareTo(((RegoBoolean)other).Value);
}
