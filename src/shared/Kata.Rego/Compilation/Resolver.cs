using Kata.Rego.Builtins;
using Kata.Rego.Syntax;
using Kata.Rego.Syntax.Nodes;
using Kata.Rego.Values;

namespace Kata.Rego.Compilation;

/// <summary>Finds out what each name of one definition stands for, and gives variables their slots.</summary>
internal sealed class Resolver(ModuleNames names)
{
    private readonly ReplacementTargets _targets = new(names);

    /// <summary>How many slots are given away.</summary>
    public int Slots { get; private set; }

    /// <summary>The rules that the definition uses.</summary>
    public HashSet<int> Uses { get; } = [];

    /// <summary>A variable without a name.</summary>
    public int NewSlot() => Slots++;

    /// <summary>Declares the names of a pattern: parameters, or the target of <c>:=</c>.</summary>
    public void DeclarePattern(Expression pattern, Scope scope)
    {
        switch (pattern)
        {
            case Name { IsWildcard: false } name:
                scope.Declare(name.Text, name.At, NewSlot());
                break;
            case ArrayExpression array:
                foreach (Expression item in array.Items)
                {
                    DeclarePattern(item, scope);
                }

                break;
            case ObjectExpression members:
                foreach (Expression value in members.Values)
                {
                    DeclarePattern(value, scope);
                }

                break;
            default:
                break;
        }
    }

    /// <summary>Declares what a body declares, then gives names that stand for nothing else a variable each.</summary>
    /// <param name="body">The statements.</param>
    /// <param name="heads">Expressions that belong to the body: what is collected, a value.</param>
    /// <param name="scope">The scope of the body.</param>
    public void DeclareBody(IReadOnlyList<Statement> body, IEnumerable<Expression> heads, Scope scope)
    {
        foreach (Statement statement in body)
        {
            Declare(statement, scope);
        }

        foreach (Statement statement in body)
        {
            foreach (Expression expression in WithoutFunctions(statement))
            {
                AddUnknown(expression, scope);
            }
        }

        foreach (Expression head in heads)
        {
            AddUnknown(head, scope);
        }
    }

    /// <summary>The statement with names resolved.</summary>
    public Statement Resolve(Statement statement, Scope scope)
    {
        switch (statement)
        {
            case ExpressionStatement { Value: Call call } when WithOutput(call, scope) is { } output:
                return output;
            case ExpressionStatement plain:
                return plain with { Value = Resolve(plain.Value, scope) };
            case With with:
                return with with { Inner = Resolve(with.Inner, scope), Replacements = [.. with.Replacements.Select(replacement => Resolve(replacement, scope))] };
            case Negation negation:
                return negation with { Inner = Resolve(negation.Inner, scope) };
            case Assignment assignment:
                return assignment with { Target = Resolve(assignment.Target, scope), Value = Resolve(assignment.Value, scope) };
            case Unification unification:
                return unification with { Left = Resolve(unification.Left, scope), Right = Resolve(unification.Right, scope) };
            case SomeIn some:
                return some with
                {
                    Key = some.Key is null ? null : Resolve(some.Key, scope),
                    Value = Resolve(some.Value, scope),
                    Collection = Resolve(some.Collection, scope),
                };
            case Every every:
                return ResolveEvery(every, scope);
            default:
                return statement;
        }
    }

    /// <summary>The expression with names resolved.</summary>
    public Expression Resolve(Expression expression, Scope scope)
    {
        switch (expression)
        {
            case Name name:
                return Meaning(name, scope);
            case Reference { Head: Name { Text: "data" } data } reference when scope.Find("data") is null:
                return Document(data.At, reference.Path, scope);
            case Reference { Head: Name name } reference when names.Import(name.Text) is { } target && scope.Find(name.Text) is null:
                return Resolve(target is Reference inner
                    ? inner with { At = name.At, Path = [.. inner.Path, .. reference.Path] }
                    : new Reference(name.At, target, reference.Path), scope);
            case Call call:
                return ResolveCall(call, scope);
            case Comprehension comprehension:
                return ResolveComprehension(comprehension, scope);
            default:
                return NodeTree.Map(expression, inner => Resolve(inner, scope));
        }
    }

    private Replacement Resolve(Replacement replacement, Scope scope)
    {
        Replacement resolved = _targets.Resolve(replacement);
        if (resolved.Value is not FunctionName function)
        {
            return resolved with { Value = Resolve(resolved.Value, scope) };
        }

        if (function.Function.Builtin is null)
        {
            Uses.Add(function.Function.Rule);
        }

        return resolved;
    }

    // The names of functions that stand in for others are no variables.
    private IEnumerable<Expression> WithoutFunctions(Statement statement) => statement is With with
        ? [.. WithoutFunctions(with.Inner), .. with.Replacements.Select(replacement => replacement.Value).Where(value => _targets.Function(value) is null)]
        : NodeTree.Expressions(statement);

    // f(x, y) is f(x) = y if f takes one argument.
    private Statement? WithOutput(Call call, Scope scope)
    {
        int count = call.Arguments.Count - 1;
        int? arity = names.Rule(names.WithoutPackage(call.Function)) is { } rule ? names.Rules[rule].Parameters : Builtin.Find(call.Function)?.Arity;
        if (count < 0 || arity != count)
        {
            return null;
        }

        Expression output = Resolve(call.Arguments[^1], scope);
        if (call.Function == Objects.Walk.Name && names.Rule(call.Function) is null)
        {
            return new SomeIn(call.At, null, output, new BuiltinCall(call.At, Objects.Walk, [Resolve(call.Arguments[0], scope)]));
        }

        return new Unification(call.At, output, Resolve(call with { Arguments = [.. call.Arguments.Take(count)] }, scope));
    }

    private void Declare(Statement statement, Scope scope)
    {
        switch (statement)
        {
            case With with:
                Declare(with.Inner, scope);
                break;
            case Assignment assignment:
                DeclarePattern(assignment.Target, scope);
                break;
            case SomeDeclaration some:
                foreach (Name name in some.Names)
                {
                    DeclarePattern(name, scope);
                }

                break;
            case SomeIn some:
                if (some.Key is not null)
                {
                    DeclarePattern(some.Key, scope);
                }

                DeclarePattern(some.Value, scope);
                break;
            default:
                break;
        }
    }

    private void AddUnknown(Expression expression, Scope scope)
    {
        if (expression is Name { IsWildcard: false } name && scope.Find(name.Text) is null && !names.Knows(name.Text))
        {
            scope.Add(name.Text, NewSlot());
            return;
        }

        foreach (Expression child in NodeTree.Children(expression))
        {
            AddUnknown(child, scope);
        }
    }

    private Every ResolveEvery(Every every, Scope outer)
    {
        Expression collection = Resolve(every.Collection, outer);
        int first = Slots;
        var scope = new Scope(outer);
        if (every.Key is not null)
        {
            DeclarePattern(every.Key, scope);
        }

        DeclarePattern(every.Value, scope);
        DeclareBody(every.Body, [], scope);
        return every with
        {
            Collection = collection,
            Key = every.Key is null ? null : Resolve(every.Key, scope),
            Value = Resolve(every.Value, scope),
            Body = [.. every.Body.Select(statement => Resolve(statement, scope))],
            FirstOwnSlot = first,
        };
    }

    private Comprehension ResolveComprehension(Comprehension comprehension, Scope outer)
    {
        int first = Slots;
        var scope = new Scope(outer);
        Expression[] heads = comprehension.Key is null ? [comprehension.Item] : [comprehension.Key, comprehension.Item];
        DeclareBody(comprehension.Body, heads, scope);
        return comprehension with
        {
            Body = [.. comprehension.Body.Select(statement => Resolve(statement, scope))],
            Key = comprehension.Key is null ? null : Resolve(comprehension.Key, scope),
            Item = Resolve(comprehension.Item, scope),
            FirstOwnSlot = first,
        };
    }

    private Expression Meaning(Name name, Scope scope)
    {
        if (name.IsWildcard)
        {
            return new Local(name.At, NewSlot(), "_", Binds: false);
        }

        if (scope.Find(name.Text) is { } slot)
        {
            return new Local(name.At, slot, name.Text, Binds: false);
        }

        if (names.Import(name.Text) is { } target)
        {
            return Resolve(target, scope);
        }

        return name.Text switch
        {
            "input" => new InputDocument(name.At),
            "data" => throw name.At.NotUnderstood("'data' as a whole"),
            _ => Rule(name.At, name.Text),
        };
    }

    private RuleValue Rule(Position at, string name)
    {
        int rule = names.Rule(name) ?? throw at.Wrong($"'{name}' is not defined");
        if (names.Rules[rule].Kind == RuleKind.Function)
        {
            throw at.Wrong($"the function '{name}' without its arguments");
        }

        Uses.Add(rule);
        return new RuleValue(at, rule);
    }

    private Expression Document(Position at, IReadOnlyList<Expression> path, Scope scope)
    {
        if (path[0] is not Constant { Value: RegoString key })
        {
            throw at.NotUnderstood("'data' with a first member that is not written down");
        }

        if (names.RuleInPackage(path, out int length) is { } rule)
        {
            return Rest(Rule(at, rule), path.Skip(length), scope);
        }

        return key.Value == names.Package[0]
            ? throw at.NotUnderstood($"'data.{key.Value}' without the name of a rule")
            : Rest(new DataDocument(at, key.Value), path.Skip(1), scope);
    }

    private Expression Rest(Expression head, IEnumerable<Expression> path, Scope scope)
    {
        Expression[] rest = [.. path.Select(part => Resolve(part, scope))];
        return rest.Length == 0 ? head : new Reference(head.At, head, rest);
    }

    private Expression ResolveCall(Call call, Scope scope)
    {
        Expression[] arguments = [.. call.Arguments.Select(argument => Resolve(argument, scope))];
        if (names.Rule(names.WithoutPackage(call.Function)) is { } rule)
        {
            RuleSet function = names.Rules[rule];
            if (function.Kind != RuleKind.Function || function.Parameters != arguments.Length)
            {
                throw call.At.Wrong(function.Kind != RuleKind.Function
                    ? $"'{call.Function}' is no function"
                    : $"'{call.Function}' takes {function.Parameters} arguments, not {arguments.Length}");
            }

            Uses.Add(rule);
            return new RuleCall(call.At, rule, arguments);
        }

        Builtin builtin = Builtin.Find(call.Function)
            ?? throw call.At.NotUnderstood($"the function '{Primitives.Printable.Escape(call.Function, 60)}', which the policy does not define,{RefusedFunctions.Why(call.Function)}");
        if (builtin == Objects.Walk)
        {
            throw call.At.NotUnderstood("'walk' other than as the statement walk(value, [path, part])");
        }

        if (builtin.Arity != arguments.Length)
        {
            throw call.At.Wrong($"'{call.Function}' takes {builtin.Arity} arguments, not {arguments.Length}");
        }

        names.CheckPattern(builtin.Name, arguments);
        return new BuiltinCall(call.At, builtin, arguments);
    }
}
