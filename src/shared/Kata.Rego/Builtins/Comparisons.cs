using Kata.Rego.Values;

namespace Kata.Rego.Builtins;

/// <summary>Operators by their names, and what older policies say instead of <c>every</c> and <c>some</c>.</summary>
internal static class Comparisons
{
    public static readonly Builtin[] All =
    [
        Compare("equal", static order => order == 0),
        Compare("neq", static order => order != 0),
        Compare("lt", static order => order < 0),
        Compare("lte", static order => order <= 0),
        Compare("gt", static order => order > 0),
        Compare("gte", static order => order >= 0),
        new("and", 2, static (c, a) => a[0] is RegoSet ? Arithmetic.Apply(c, Syntax.Nodes.Operator.And, a[0], a[1]) : null),
        new("or", 2, static (c, a) => a[0] is RegoSet ? Arithmetic.Apply(c, Syntax.Nodes.Operator.Or, a[0], a[1]) : null),
        new("all", 1, static (c, a) => Items(c, a[0]) is { } items ? RegoValue.Of(items.All(item => ReferenceEquals(item, RegoBoolean.True))) : null),
        new("any", 1, static (c, a) => Items(c, a[0]) is { } items ? RegoValue.Of(items.Any(item => ReferenceEquals(item, RegoBoolean.True))) : null),
    ];

    private static IReadOnlyList<RegoValue>? Items(BuiltinContext context, RegoValue value)
    {
        context.Budget.Steps(value.Weight);
        return Collections.Items(value);
    }

    private static Builtin Compare(string name, Func<int, bool> holds) => new(name, 2, (c, a) =>
    {
        c.Budget.Steps(Math.Min(a[0].Weight, a[1].Weight));
        return RegoValue.Of(holds(RegoValue.Compare(a[0], a[1])));
    });
}
