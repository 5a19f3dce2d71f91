namespace Kata.Rego.Values;

/// <summary>The types of Rego values, in the order in which values of different types sort.</summary>
public enum RegoKind
{
    /// <summary>The value null.</summary>
    Null,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A text.</summary>
    String,

    /// <summary>Values in order.</summary>
    Array,

    /// <summary>Values by key.</summary>
    Object,

    /// <summary>Different values, in no order of their own.</summary>
    Set,
}
