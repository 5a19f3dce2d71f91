namespace Kata.Configuration.Keys;

/// <summary>The TOML type a key takes.</summary>
public enum ValueKind
{
    /// <summary>A string.</summary>
    Text,

    /// <summary>A string out of a fixed set.</summary>
    Choice,

    /// <summary><c>true</c> or <c>false</c>.</summary>
    Flag,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A whole number or a fraction.</summary>
    Number,

    /// <summary>An array of strings.</summary>
    TextList,
}
