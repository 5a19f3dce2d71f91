using System.Runtime.CompilerServices;

namespace Kata.Rego.Syntax;

/// <summary>The place in a list of tokens where parsing is.</summary>
internal sealed class TokenReader(IReadOnlyList<Token> tokens, RegoLimits limits)
{
    private int _at;
    private int _depth;

    public Token Current => tokens[_at];

    /// <summary>The line of the token taken last.</summary>
    public int LastLine => _at == 0 ? 0 : tokens[_at - 1].At.Line;

    public bool AtEnd => Current.Kind == TokenKind.End;

    public Token Following => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    public Token Take()
    {
        Token token = Current;
        _at += token.Kind == TokenKind.End ? 0 : 1;
        return token;
    }

    public bool TrySymbol(string symbol)
    {
        bool there = Current.IsSymbol(symbol);
        _at += there ? 1 : 0;
        return there;
    }

    public bool TryWord(string word)
    {
        bool there = Current.IsWord(word);
        _at += there ? 1 : 0;
        return there;
    }

    public Token Symbol(string symbol) => Current.IsSymbol(symbol) ? Take() : throw Expected($"'{symbol}'");

    public Token Word(string what) => Current.Kind == TokenKind.Word ? Take() : throw Expected(what);

    public Primitives.KataException Expected(string what) => Current.At.Wrong($"expected {what}, found {Current.Name}");

    /// <summary>Parses something that can contain itself.</summary>
    public T Nested<T>(Func<T> parse)
    {
        int depth = _depth;
        Deepen();
        T result = parse();
        _depth = depth;
        return result;
    }

    /// <summary>Counts one level more, up to the end of what is <see cref="Nested"/>: an operand more makes the tree deeper, too.</summary>
    public void Deepen()
    {
        if (++_depth > limits.MaxNesting || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw Current.At.Wrong($"brackets, bodies and operators nest deeper than {limits.MaxNesting} levels");
        }
    }
}
