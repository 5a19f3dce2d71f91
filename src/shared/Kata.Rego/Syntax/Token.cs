namespace Kata.Rego.Syntax;

/// <summary>One token.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The word, the symbol, the digits, or the content of a string.</param>
/// <param name="At">Where it begins.</param>
/// <param name="Attached">Whether nothing separates it from the token before it.</param>
internal readonly record struct Token(TokenKind Kind, string Text, Position At, bool Attached)
{
    public bool IsSymbol(string symbol) => Kind == TokenKind.Symbol && Text == symbol;

    public bool IsWord(string word) => Kind == TokenKind.Word && Text == word;

    /// <summary>The token as a message names it.</summary>
    public string Name => Kind switch
    {
        TokenKind.End => "the end of the policy",
        TokenKind.String => "a string",
        _ => $"'{Primitives.Printable.Escape(Text, 40)}'",
    };
}
