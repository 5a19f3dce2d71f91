namespace Kata.Rego.Values;

/// <summary>A value of the policy language. Values never change, so they are shared freely between threads and evaluations.</summary>
public abstract class RegoValue : IEquatable<RegoValue>
{
    /// <summary>How deep values nest at most; the making of a deeper one fails.</summary>
    public const int MaxDepth = 128;

    /// <summary>The type.</summary>
    public abstract RegoKind Kind { get; }

    /// <summary>How many steps reading the whole value takes, at least 1: what comparing or copying it is charged with.</summary>
    public virtual long Weight => 1;

    /// <summary>How deep values nest in this one; 0 without others inside.</summary>
    public virtual int Depth => 0;

    /// <summary>The value null.</summary>
    public static RegoValue Null { get; } = new RegoNull();

    /// <summary>The value of a condition.</summary>
    public static RegoValue Of(bool value) => value ? RegoBoolean.True : RegoBoolean.False;

    /// <summary>A text.</summary>
    public static RegoValue Of(string value) => new RegoString(value);

    /// <summary>A whole number.</summary>
    public static RegoValue Of(long value) => RegoNumber.Of((Int128)value);

    /// <summary>Orders any two values: by type, then as the type does.</summary>
    /// <returns>Less than, equal to or greater than 0.</returns>
    public static int Compare(RegoValue left, RegoValue right)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        return ReferenceEquals(left, right) ? 0 : left.Kind != right.Kind ? left.Kind.CompareTo(right.Kind) : left.CompareSame(right);
    }

    /// <inheritdoc/>
    public bool Equals(RegoValue? other) => other is not null && Compare(this, other) == 0;

    /// <inheritdoc/>
    public sealed override bool Equals(object? obj) => Equals(obj as RegoValue);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Kind;

    /// <summary>The value in the notation of the language, cut after 4096 characters.</summary>
    public override string ToString() => RegoText.Write(this, 4096);

    /// <summary>What a reference to a member gives; null where there is none.</summary>
    /// <param name="key">An index of an array, a key of an object, or an element of a set.</param>
    internal virtual RegoValue? Member(RegoValue key) => null;

    /// <summary>Compares with a value of the same type.</summary>
    internal abstract int CompareSame(RegoValue other);

    /// <summary>The depth of a container, which must not be too large: code that walks values recurses.</summary>
    private protected static int CheckedDepth(int deepestMember) => deepestMember < MaxDepth
        ? deepestMember + 1
        : throw new RegoException($"a value nests deeper than {MaxDepth} levels");

    private sealed class RegoNull : RegoValue
    {
        public override RegoKind Kind => RegoKind.Null;

        internal override int CompareSame(RegoValue other) => 0;
    }
}
