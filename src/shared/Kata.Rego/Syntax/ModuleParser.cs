using Kata.Rego.Syntax.Nodes;
using Kata.Rego.Values;

namespace Kata.Rego.Syntax;

/// <summary>Parses a whole policy.</summary>
internal sealed class ModuleParser
{
    private readonly TokenReader _tokens;
    private readonly BodyParser _bodies;
    private readonly List<RuleDefinition> _rules = [];

    private ModuleParser(TokenReader tokens)
    {
        _tokens = tokens;
        _bodies = new BodyParser(tokens);
    }

    /// <summary>Parses a policy.</summary>
    /// <exception cref="Primitives.KataException">InvalidArgument: it is wrong; Unsupported: it is beyond this engine. Both say where.</exception>
    public static Module Parse(string text, RegoLimits limits)
    {
        if (text.Length > limits.MaxLength)
        {
            throw new Position(1, 1).Wrong($"{text.Length} characters; at most {limits.MaxLength} are taken");
        }

        var parser = new ModuleParser(new TokenReader(new Lexer(text, limits), limits));
        return parser.Parse();
    }

    private Module Parse()
    {
        if (!_tokens.TryWord("package"))
        {
            throw _tokens.Expected("'package'");
        }

        var package = new List<string> { _tokens.Word("the name of the package").Text };
        while (_tokens.TrySymbol("."))
        {
            package.Add(_tokens.Word("a name").Text);
        }

        var imports = new List<Import>();
        while (_tokens.Current.IsWord("import"))
        {
            AddImport(imports);
        }

        while (!_tokens.AtEnd)
        {
            _rules.Add(_tokens.Current.IsWord("default") ? Default() : Rule());
        }

        return new Module(package, imports, _rules);
    }

    private void AddImport(List<Import> imports)
    {
        Position at = _tokens.Take().At;
        var path = new List<string> { _tokens.Word("a document").Text };
        while (_tokens.TrySymbol("."))
        {
            path.Add(_tokens.Word("a name").Text);
        }

        string alias = _tokens.TryWord("as") ? _tokens.Word("a name").Text : path[^1];
        if (string.Join('.', path) is "rego.v1" or "future.keywords" || (path is ["future", "keywords", _]) || (path.Count == 1 && path[0] == alias))
        {
            return; // The keywords and documents are always there.
        }

        if (Keywords.Has(alias) || (alias is "input" or "data"))
        {
            throw at.Wrong($"an import named '{alias}'");
        }

        if (path[0] is not ("input" or "data"))
        {
            throw at.NotUnderstood($"import of '{string.Join('.', path)}'");
        }

        Expression target = new Name(at, path[0]);
        if (path.Count > 1)
        {
            target = new Reference(at, target, path[1..].ConvertAll<Expression>(part => new Constant(at, new RegoString(part))));
        }

        imports.Add(new Import(at, alias, target));
    }

    private RuleDefinition Default()
    {
        _tokens.Take();
        Token name = RuleName();
        RuleDefinition rule = new(name.At, name.Text, RuleKind.Complete) { IsDefault = true, Value = new Constant(name.At, RegoBoolean.True) };
        if (_tokens.Current.IsSymbol("("))
        {
            rule = rule with { Kind = RuleKind.Function, Parameters = Parameters().ConvertAll(PlainParameter) };
        }

        if (!_tokens.TrySymbol(":=") && !_tokens.TrySymbol("="))
        {
            throw _tokens.Expected("':='");
        }

        return rule with { Value = _bodies.Expressions.Infix() };
    }

    // A default counts for all arguments, so there is nothing to compare them with.
    private static Expression PlainParameter(Expression parameter) => parameter is Name name && !Keywords.Has(name.Text)
        ? name
        : throw parameter.At.Wrong("a parameter of a default that is not just a name");

    private RuleDefinition Rule()
    {
        Token name = RuleName();
        var rule = new RuleDefinition(name.At, name.Text, RuleKind.Complete) { Value = new Constant(name.At, RegoBoolean.True) };
        bool hasValue = false;
        if (_tokens.TryWord("contains"))
        {
            (rule, hasValue) = (rule with { Kind = RuleKind.PartialSet, Value = _bodies.Expressions.Infix() }, true);
        }
        else if (_tokens.Current.IsSymbol("("))
        {
            rule = rule with { Kind = RuleKind.Function, Parameters = Parameters() };
        }
        else if (_tokens.Current is { Attached: true } && _tokens.TrySymbol("["))
        {
            rule = rule with { Kind = RuleKind.PartialObject, Key = _bodies.Expressions.Infix() };
            _tokens.Symbol("]");
        }

        if (_tokens.Current.IsSymbol(".") || _tokens.Current.IsSymbol("["))
        {
            throw name.At.NotUnderstood($"a rule named by a path ('{name.Text}{_tokens.Current.Text}…')");
        }

        if (rule.Kind != RuleKind.PartialSet && (_tokens.TrySymbol(":=") || _tokens.TrySymbol("=")))
        {
            (rule, hasValue) = (rule with { Value = _bodies.Expressions.Infix() }, true);
        }

        return Finish(rule, hasValue, isAlternative: false);
    }

    private RuleDefinition Finish(RuleDefinition rule, bool hasValue, bool isAlternative)
    {
        bool hasIf = _tokens.TryWord("if");
        if (rule is { Kind: RuleKind.PartialObject, Key: { } key } && !hasValue && !hasIf)
        {
            rule = rule with { Kind = RuleKind.PartialSet, Key = null, Value = key }; // p[x] { … }, the older way to write "contains"
        }

        if (hasIf || _tokens.Current.IsSymbol("{"))
        {
            rule = rule with { Body = Condition(hasIf) };
        }
        else if (!hasValue)
        {
            throw _tokens.Expected("a value or a body");
        }

        if (_tokens.Current.IsWord("else"))
        {
            return rule with { Else = Else(rule) };
        }

        // p { … } { … } is p { … } and once more p { … }.
        while (_tokens.Current.IsSymbol("{") && rule.Body.Count > 0)
        {
            if (isAlternative)
            {
                throw _tokens.Current.At.Wrong("a second body behind 'else'");
            }

            _rules.Add(rule with { At = _tokens.Current.At, Body = _bodies.Braced() });
        }

        return rule;
    }

    private RuleDefinition Else(RuleDefinition rule)
    {
        Token word = _tokens.Take();
        if (rule.Kind is not (RuleKind.Complete or RuleKind.Function))
        {
            throw word.At.Wrong("'else' after a rule that collects its value");
        }

        if (rule.Body.Count == 0)
        {
            throw word.At.Wrong("'else' after a definition that always holds");
        }

        RuleDefinition other = rule with { At = word.At, Value = new Constant(word.At, RegoBoolean.True), Body = [], Else = null };
        bool hasValue = _tokens.TrySymbol(":=") || _tokens.TrySymbol("=");
        if (hasValue)
        {
            other = other with { Value = _bodies.Expressions.Infix() };
        }

        return _tokens.Nested(() => Finish(other, hasValue, isAlternative: true));
    }

    // "if" may be followed by one statement without braces. A brace begins a body here, never a set.
    private List<Statement> Condition(bool hasIf) =>
        !hasIf || _tokens.Current.IsSymbol("{") ? _bodies.Braced() : [_bodies.Next()];

    private List<Expression> Parameters()
    {
        _tokens.Symbol("(");
        var parameters = new List<Expression>();
        while (!_tokens.TrySymbol(")"))
        {
            if (parameters.Count > 0)
            {
                _tokens.Symbol(",");
            }

            parameters.Add(_bodies.Expressions.Infix());
        }

        return parameters;
    }

    private Token RuleName()
    {
        Token name = _tokens.Word("a rule");
        return Keywords.Has(name.Text) || name.Text is "input" or "data" or "_"
            ? throw name.At.Wrong($"'{name.Text}' cannot name a rule")
            : name;
    }
}
