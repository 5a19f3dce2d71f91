using Kata.Rego.Syntax.Nodes;
using Kata.Rego.Values;

namespace Kata.Rego.Syntax;

/// <summary>Parses terms: constants, names, calls, references, brackets of all kinds.</summary>
internal sealed class TermParser(TokenReader tokens, ExpressionParser expressions, BodyParser bodies)
{
    /// <summary>One term with the members taken of it.</summary>
    public Expression Next() => Members(Head());

    private Expression Head()
    {
        Token token = tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.String:
                tokens.Take();
                return new Constant(token.At, new RegoString(token.Text));
            case TokenKind.Number:
                tokens.Take();
                return new Constant(token.At, RegoNumber.Parse(token.Text) ?? throw token.At.Wrong($"{token.Name} is no number this agent can hold"));
            case TokenKind.Word:
                return Word();
            default:
                return token.Text switch
                {
                    "[" => Array(),
                    "{" => Braces(),
                    "(" => Parentheses(),
                    _ => throw tokens.Expected("a value"),
                };
        }
    }

    private Expression Word()
    {
        Token word = tokens.Take();
        switch (word.Text)
        {
            case "true":
                return new Constant(word.At, RegoBoolean.True);
            case "false":
                return new Constant(word.At, RegoBoolean.False);
            case "null":
                return new Constant(word.At, RegoValue.Null);
            default:
                return Keywords.Has(word.Text) ? throw word.At.Wrong($"expected a value, found the keyword '{word.Text}'") : new Name(word.At, word.Text);
        }
    }

    // A member, an index and an argument list follow without a blank: "a [1]" is two things.
    private Expression Members(Expression head)
    {
        var path = new List<Expression>();
        if (head is Constant { Value: not (RegoArray or RegoObject or RegoSet) } && tokens.Current.Attached && (tokens.Current.IsSymbol(".") || tokens.Current.IsSymbol("[")))
        {
            throw tokens.Current.At.Wrong("a member of a value that has none");
        }

        while (tokens.Current.Attached && tokens.Current.Kind == TokenKind.Symbol)
        {
            if (tokens.Current.IsSymbol(".") && tokens.Following is { Attached: true, Kind: TokenKind.Word })
            {
                tokens.Take();
                Token member = tokens.Take();
                path.Add(new Constant(member.At, new RegoString(member.Text)));
            }
            else if (tokens.TrySymbol("["))
            {
                path.Add(expressions.Infix());
                tokens.Symbol("]");
            }
            else if (tokens.Current.IsSymbol("(") && FunctionName(head, path) is { } name)
            {
                head = CallOf(head.At, name);
                path.Clear();
            }
            else
            {
                break;
            }
        }

        return path.Count == 0 ? head : new Reference(head.At, head, path);
    }

    private static string? FunctionName(Expression head, List<Expression> path)
    {
        if (head is not Name name)
        {
            return null;
        }

        var words = new List<string> { name.Text };
        foreach (Expression part in path)
        {
            if (part is not Constant { Value: RegoString text })
            {
                return null;
            }

            words.Add(text.Value);
        }

        return string.Join('.', words);
    }

    private Expression CallOf(Position at, string name)
    {
        tokens.Symbol("(");
        List<Expression> arguments = Items(")", out _);
        if (name == "set" && arguments.Count == 0)
        {
            return new Constant(at, RegoSet.Empty);
        }

        return name == "print" ? new PrintCall(at, arguments) : new Call(at, name, arguments);
    }

    private Expression Parentheses()
    {
        tokens.Take();
        Expression inner = expressions.Infix();
        if (tokens.TrySymbol(","))
        {
            Expression value = expressions.Operand();
            if (!tokens.TryWord("in"))
            {
                throw tokens.Expected("'in'");
            }

            inner = expressions.KeyedMembership(inner, value);
        }

        tokens.Symbol(")");
        return inner;
    }

    private Expression Array()
    {
        Position at = tokens.Take().At;
        List<Expression> items = Items("]", out List<Statement>? body);
        return body is null ? ConstantFolding.Fold(new ArrayExpression(at, items)) : new Comprehension(at, RegoKind.Array, null, items[0], body);
    }

    private Expression Braces()
    {
        Position at = tokens.Take().At;
        if (tokens.TrySymbol("}"))
        {
            return new Constant(at, RegoObject.Empty);
        }

        Expression first = expressions.Infix(pipe: false);
        if (!tokens.TrySymbol(":"))
        {
            List<Expression> items = Items("}", out List<Statement>? set, first);
            return set is null ? ConstantFolding.Fold(new SetExpression(at, items)) : new Comprehension(at, RegoKind.Set, null, first, set);
        }

        Expression value = expressions.Infix(pipe: false);
        return tokens.TrySymbol("|")
            ? new Comprehension(at, RegoKind.Object, first, value, tokens.Nested(() => bodies.Until("}")))
            : Object(at, first, value);
    }

    private Expression Object(Position at, Expression firstKey, Expression firstValue)
    {
        var keys = new List<Expression> { firstKey };
        var values = new List<Expression> { firstValue };
        while (!tokens.TrySymbol("}"))
        {
            tokens.Symbol(",");
            if (tokens.TrySymbol("}"))
            {
                break;
            }

            keys.Add(expressions.Infix());
            tokens.Symbol(":");
            values.Add(expressions.Infix());
        }

        return ConstantFolding.Fold(new ObjectExpression(at, keys, values));
    }

    // Elements up to a closing bracket, which is taken; or one element and the body of a comprehension.
    private List<Expression> Items(string close, out List<Statement>? body, Expression? first = null)
    {
        var items = new List<Expression>();
        body = null;
        if (first is null && tokens.TrySymbol(close))
        {
            return items;
        }

        items.Add(first ?? expressions.Infix(pipe: close == ")"));
        if (close != ")" && tokens.TrySymbol("|"))
        {
            body = tokens.Nested(() => bodies.Until(close));
            return items;
        }

        while (!tokens.TrySymbol(close))
        {
            tokens.Symbol(",");
            if (tokens.TrySymbol(close))
            {
                break;
            }

            items.Add(expressions.Infix());
        }

        return items;
    }
}
