namespace Kata.Rego.Syntax;

/// <summary>What a token is.</summary>
internal enum TokenKind
{
    /// <summary>The end of the text.</summary>
    End,

    /// <summary>A word: a name or a keyword.</summary>
    Word,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A text in quotes; the token's text is its content.</summary>
    String,

    /// <summary>An operator or a bracket.</summary>
    Symbol,
}
