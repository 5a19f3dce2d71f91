using Kata.Rego.Builtins;
using Kata.Rego.Syntax.Nodes;
using Kata.Rego.Values;

namespace Kata.Rego.Compilation;

/// <summary>Finds out what <c>with</c> replaces.</summary>
internal sealed class ReplacementTargets(ModuleNames names)
{
    /// <summary>The function that an expression names without calling it; null when it names none.</summary>
    public FunctionName? Function(Expression expression)
    {
        if (NodeTree.DottedName(expression) is not { } name)
        {
            return null;
        }

        if (names.Rule(names.WithoutPackage(name)) is { } rule)
        {
            return names.Rules[rule].Kind == RuleKind.Function ? new FunctionName(expression.At, new FunctionKey(rule, null)) : null;
        }

        return Builtin.Find(name) is { } builtin ? new FunctionName(expression.At, new FunctionKey(-1, builtin)) : null;
    }

    /// <summary>The replacement with its target resolved, and with its value if that is a function.</summary>
    /// <exception cref="Primitives.KataException">InvalidArgument or Unsupported: nothing that can be replaced.</exception>
    public Replacement Resolve(Replacement replacement)
    {
        if (Function(replacement.Target) is { } function)
        {
            return replacement with { Target = function, Value = SameShape(function, Function(replacement.Value)) ?? replacement.Value };
        }

        return replacement.Target switch
        {
            Name { Text: "input" } input => replacement with { Target = new InputDocument(input.At) },
            Reference { Head: Name { Text: "input" } input } reference => replacement with { Target = new InputDocument(input.At), Path = Keys(reference, 0) },
            Reference { Head: Name { Text: "data" } } reference => Document(replacement, reference),
            Name { Text: "data" } data => throw data.At.NotUnderstood("'with data' without a member"),
            _ => throw replacement.Target.At.Wrong("'with' replaces 'input', a member of 'data' or a function; this is none of them"),
        };
    }

    private FunctionName? SameShape(FunctionName target, FunctionName? other) => other is null || Arity(other) == Arity(target)
        ? other
        : throw other.At.Wrong($"a function of {Arity(other)} arguments in the place of one of {Arity(target)}");

    private int Arity(FunctionName name) => name.Function.Builtin?.Arity ?? names.Rules[name.Function.Rule].Parameters;

    private Replacement Document(Replacement replacement, Reference reference)
    {
        if (names.RuleInPackage(reference.Path, out int length) is { } name)
        {
            int rule = names.Rule(name) ?? throw reference.At.NotUnderstood($"'with data.….{name}', which is no rule of this policy,");
            return reference.Path.Count == length
                ? replacement with { Target = new RuleValue(reference.At, rule) }
                : throw reference.At.NotUnderstood("'with' for a member of a rule");
        }

        List<string> keys = Keys(reference, 0);
        return keys[0] == names.Package[0]
            ? throw reference.At.NotUnderstood("'with' for a package")
            : replacement with { Target = new DataDocument(reference.At, keys[0]), Path = keys[1..] };
    }

    private static List<string> Keys(Reference reference, int from)
    {
        var keys = new List<string>();
        foreach (Expression part in reference.Path.Skip(from))
        {
            keys.Add(part is Constant { Value: RegoString key } ? key.Value : throw part.At.Wrong("'with' for a member that is not written down"));
        }

        return keys;
    }
}
