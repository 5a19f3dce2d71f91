using System.Runtime.CompilerServices;

namespace Kata.Rego.Syntax;

/// <summary>The place in a policy where parsing is; it sees one token ahead, so that there is never a list of them all.</summary>
internal sealed class TokenReader(Lexer lexer, RegoLimits limits)
{
    private int _depth;

    public Token Current { get; private set; } = lexer.Next();

    public Token Following { get; private set; } = lexer.Next();

    /// <summary>The line of the token taken last.</summary>
    public int LastLine { get; private set; }

    public bool AtEnd => Current.Kind == TokenKind.End;

    public Token Take()
    {
        Token token = Current;
        LastLine = token.At.Line;
        (Current, Following) = (Following, lexer.Next());
        return token;
    }

    public bool TrySymbol(string symbol)
    {
        if (!Current.IsSymbol(symbol))
        {
            return false;
        }

        Take();
        return true;
    }

    public bool TryWord(string word)
    {
        if (!Current.IsWord(word))
        {
            return false;
        }

        Take();
        return true;
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
