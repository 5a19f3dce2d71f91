using Kata.Rego.Values;

namespace Kata.Rego.Syntax.Nodes;

/// <summary>Ways through expressions and statements that do not depend on their kinds.</summary>
internal static class NodeTree
{
    /// <summary>The expressions directly inside of one; those of a comprehension have a scope of their own and are left out.</summary>
    public static IEnumerable<Expression> Children(Expression expression) => expression switch
    {
        Reference reference => [reference.Head, .. reference.Path],
        Call call => call.Arguments,
        RuleCall call => call.Arguments,
        BuiltinCall call => call.Arguments,
        PrintCall print => print.Arguments,
        ArrayExpression array => array.Items,
        SetExpression set => set.Items,
        ObjectExpression members => [.. members.Keys, .. members.Values],
        Binary binary => [binary.Left, binary.Right],
        KeyPattern key => [key.Pattern],
        Membership { Key: { } key } member => [key, member.Value, member.Collection],
        Membership member => [member.Value, member.Collection],
        _ => [],
    };

    /// <summary>The same expression with others inside.</summary>
    public static Expression Map(Expression expression, Func<Expression, Expression> change) => expression switch
    {
        Reference reference => reference with { Head = change(reference.Head), Path = All(reference.Path, change) },
        Call call => call with { Arguments = All(call.Arguments, change) },
        RuleCall call => call with { Arguments = All(call.Arguments, change) },
        BuiltinCall call => call with { Arguments = All(call.Arguments, change) },
        PrintCall print => print with { Arguments = All(print.Arguments, change) },
        ArrayExpression array => array with { Items = All(array.Items, change) },
        SetExpression set => set with { Items = All(set.Items, change) },
        ObjectExpression members => members with { Keys = All(members.Keys, change), Values = All(members.Values, change) },
        Binary binary => binary with { Left = change(binary.Left), Right = change(binary.Right) },
        KeyPattern key => key with { Pattern = change(key.Pattern) },
        Membership member => member with
        {
            Key = member.Key is null ? null : change(member.Key),
            Value = change(member.Value),
            Collection = change(member.Collection),
        },
        _ => expression,
    };

    /// <summary>The expressions directly in a statement; those of the body of <c>every</c> have a scope of their own and are left out.</summary>
    public static IEnumerable<Expression> Expressions(Statement statement) => statement switch
    {
        ExpressionStatement plain => [plain.Value],
        Negation negation => Expressions(negation.Inner),
        Assignment assignment => [assignment.Target, assignment.Value],
        Unification unification => [unification.Left, unification.Right],
        SomeIn { Key: { } key } some => [key, some.Value, some.Collection],
        SomeIn some => [some.Value, some.Collection],
        Every every => [every.Collection],
        With with => [.. Expressions(with.Inner), .. with.Replacements.Select(replacement => replacement.Value)],
        _ => [],
    };

    /// <summary>A name with dots, such as of a function; null for any other expression.</summary>
    public static string? DottedName(Expression expression) => expression switch
    {
        Name name => name.Text,
        Reference { Head: Name name } reference when reference.Path.All(part => part is Constant { Value: RegoString }) =>
            string.Join('.', reference.Path.Select(part => ((RegoString)((Constant)part).Value).Value).Prepend(name.Text)),
        _ => null,
    };

    /// <summary>Maps each expression of a list.</summary>
    public static IReadOnlyList<Expression> All(IReadOnlyList<Expression> expressions, Func<Expression, Expression> change)
    {
        var changed = new Expression[expressions.Count];
        for (int i = 0; i < changed.Length; i++)
        {
            changed[i] = change(expressions[i]);
        }

        return changed;
    }
}
