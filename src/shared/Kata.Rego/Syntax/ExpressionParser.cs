using Kata.Rego.Syntax.Nodes;

namespace Kata.Rego.Syntax;

/// <summary>Parses operators, the loosest first: <c>in</c>, comparisons, <c>|</c>, <c>&amp;</c>, sums, products.</summary>
internal sealed class ExpressionParser
{
    private static readonly Dictionary<string, Operator>[] Levels =
    [
        new(StringComparer.Ordinal)
        {
            ["=="] = Operator.Equal,
            ["!="] = Operator.NotEqual,
            ["<"] = Operator.Less,
            ["<="] = Operator.LessOrEqual,
            [">"] = Operator.Greater,
            [">="] = Operator.GreaterOrEqual,
        },
        new(StringComparer.Ordinal) { ["|"] = Operator.Or },
        new(StringComparer.Ordinal) { ["&"] = Operator.And },
        new(StringComparer.Ordinal) { ["+"] = Operator.Add, ["-"] = Operator.Subtract },
        new(StringComparer.Ordinal) { ["*"] = Operator.Multiply, ["/"] = Operator.Divide, ["%"] = Operator.Remainder },
    ];

    private readonly TokenReader _tokens;
    private readonly TermParser _terms;

    public ExpressionParser(TokenReader tokens, BodyParser bodies)
    {
        _tokens = tokens;
        _terms = new TermParser(tokens, this, bodies);
    }

    /// <summary>An expression without <c>:=</c> and <c>=</c>.</summary>
    /// <param name="pipe">Whether <c>|</c> is the union; not so at the head of a comprehension.</param>
    public Expression Infix(bool pipe = true) => _tokens.Nested(() => In(pipe));

    /// <summary>An expression without <c>in</c> at its top, as before one.</summary>
    public Expression Operand() => _tokens.Nested(() => Level(0, pipe: true));

    /// <summary>An expression without operators.</summary>
    public Expression Term() => _tokens.Nested(_terms.Next);

    /// <summary>Goes on after <c>key, value</c> when <c>in</c> follows.</summary>
    public Membership KeyedMembership(Expression key, Expression value) => new(key.At, key, value, Operand());

    private Expression In(bool pipe)
    {
        Expression left = Level(0, pipe);
        while (_tokens.TryWord("in"))
        {
            _tokens.Deepen();
            left = new Membership(left.At, null, left, Level(0, pipe));
        }

        return left;
    }

    private Expression Level(int level, bool pipe)
    {
        if (level == Levels.Length)
        {
            return Unary();
        }

        Expression left = Level(level + 1, pipe);
        while (_tokens.Current.Kind == TokenKind.Symbol
            && Levels[level].TryGetValue(_tokens.Current.Text, out Operator symbol)
            && (pipe || symbol != Operator.Or))
        {
            _tokens.Take();
            _tokens.Deepen();
            left = new Binary(left.At, symbol, left, Level(level + 1, pipe));
        }

        return left;
    }

    private Expression Unary()
    {
        if (!_tokens.Current.IsSymbol("-"))
        {
            return _terms.Next();
        }

        Position at = _tokens.Take().At;
        return ConstantFolding.Fold(new Binary(at, Operator.Subtract, new Constant(at, Values.RegoNumber.Of((Int128)0)), _terms.Next()));
    }
}
