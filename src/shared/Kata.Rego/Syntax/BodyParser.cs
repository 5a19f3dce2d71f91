using Kata.Rego.Syntax.Nodes;

namespace Kata.Rego.Syntax;

/// <summary>Parses bodies: statements in lines, or between semicolons.</summary>
internal sealed class BodyParser
{
    private const int MaxStatements = 500;
    private const int MaxReplacements = 50;

    private readonly TokenReader _tokens;

    public BodyParser(TokenReader tokens)
    {
        _tokens = tokens;
        Expressions = new ExpressionParser(tokens, this);
    }

    public ExpressionParser Expressions { get; }

    /// <summary>A body in braces.</summary>
    public List<Statement> Braced()
    {
        _tokens.Symbol("{");
        return _tokens.Nested(() => Until("}"));
    }

    /// <summary>The statements up to a closing bracket, which is taken.</summary>
    public List<Statement> Until(string close)
    {
        var body = new List<Statement>();
        while (true)
        {
            body.Add(Next());
            bool separated = _tokens.TrySymbol(";");
            if (_tokens.TrySymbol(close))
            {
                return body;
            }

            if (!separated && _tokens.Current.At.Line == _tokens.LastLine)
            {
                throw _tokens.Expected($"a new line, ';' or '{close}'");
            }

            if (body.Count >= MaxStatements)
            {
                throw _tokens.Current.At.Wrong($"a body of more than {MaxStatements} statements");
            }
        }
    }

    /// <summary>One statement.</summary>
    public Statement Next()
    {
        Position at = _tokens.Current.At;
        Statement statement = _tokens.Current switch
        {
            var token when token.IsWord("not") => Not(),
            var token when token.IsWord("some") => Some(),
            var token when token.IsWord("every") => EveryMember(),
            _ => Plain(),
        };
        return _tokens.Current.IsWord("with") ? new With(at, statement, Replacements()) : statement;
    }

    private List<Replacement> Replacements()
    {
        var replacements = new List<Replacement>();
        while (_tokens.Current.IsWord("with"))
        {
            Position at = _tokens.Take().At;
            Expression target = Expressions.Term();
            if (!_tokens.TryWord("as"))
            {
                throw _tokens.Expected("'as'");
            }

            replacements.Add(replacements.Count < MaxReplacements
                ? new Replacement(at, target, Expressions.Infix())
                : throw at.Wrong($"more than {MaxReplacements} times 'with' behind one statement"));
        }

        return replacements;
    }

    private Negation Not()
    {
        Position at = _tokens.Take().At;
        if (_tokens.Current.IsWord("some") || _tokens.Current.IsWord("every") || _tokens.Current.IsWord("not"))
        {
            throw at.NotUnderstood($"'not {_tokens.Current.Text}'");
        }

        Statement inner = Plain();
        return inner is Assignment ? throw at.Wrong("'not' around an assignment") : new Negation(at, inner);
    }

    private Statement Some()
    {
        Position at = _tokens.Take().At;
        Expression first = Expressions.Operand();
        var names = new List<Expression> { first };
        while (_tokens.TrySymbol(","))
        {
            names.Add(Expressions.Operand());
        }

        if (_tokens.TryWord("in"))
        {
            Expression collection = Expressions.Infix();
            return names.Count <= 2
                ? new SomeIn(at, names.Count == 2 ? first : null, names[^1], collection)
                : throw at.Wrong("'some … in' with more than a key and a value");
        }

        return new SomeDeclaration(at, names.ConvertAll(name => name as Name ?? throw name.At.Wrong("'some' declares names; expected one")));
    }

    private Every EveryMember()
    {
        Position at = _tokens.Take().At;
        Expression value = Expressions.Operand();
        Expression? key = null;
        if (_tokens.TrySymbol(","))
        {
            (key, value) = (value, Expressions.Operand());
        }

        if (!_tokens.TryWord("in"))
        {
            throw _tokens.Expected("'in'");
        }

        Expression collection = Expressions.Infix();
        return new Every(at, key, value, collection, Braced());
    }

    private Statement Plain()
    {
        Position at = _tokens.Current.At;
        Expression left = Expressions.Infix();
        if (_tokens.TrySymbol(":="))
        {
            return new Assignment(at, left, Expressions.Infix());
        }

        if (_tokens.TrySymbol("="))
        {
            return new Unification(at, left, Expressions.Infix());
        }

        return new ExpressionStatement(at, left);
    }
}
