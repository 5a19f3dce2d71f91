using Kata.Rego.Values;

namespace Kata.Rego.Builtins;

/// <summary>Functions of arrays and sets.</summary>
internal static class Collections
{
    public static readonly Builtin[] All =
    [
        new("count", 1, static (_, a) => Count(a[0])),
        new("sum", 1, static (c, a) => Fold(c, a[0], 0, Syntax.Nodes.Operator.Add)),
        new("product", 1, static (c, a) => Fold(c, a[0], 1, Syntax.Nodes.Operator.Multiply)),
        new("max", 1, static (c, a) => Sorted(c, a[0]) is { Count: > 0 } items ? items[^1] : null),
        new("min", 1, static (c, a) => Sorted(c, a[0]) is { Count: > 0 } items ? items[0] : null),
        new("sort", 1, static (c, a) => Sorted(c, a[0]) is { } items ? c.Array(items) : null),
        new("array.concat", 2, static (c, a) => (a[0], a[1]) is (RegoArray x, RegoArray y) ? Joined(c, x, y) : null),
        new("array.reverse", 1, static (c, a) => a[0] is RegoArray x ? Reversed(c, x) : null),
        new("array.slice", 3, Slice),
        new("union", 1, static (c, a) => a[0] is RegoSet sets ? Union(c, sets) : null),
        new("intersection", 1, static (c, a) => a[0] is RegoSet sets ? Intersection(c, sets) : null),
    ];

    /// <summary>The elements of an array or a set; null for any other value.</summary>
    public static IReadOnlyList<RegoValue>? Items(RegoValue value) => value switch
    {
        RegoArray array => array.Items,
        RegoSet set => set.Items,
        _ => null,
    };

    private static RegoValue? Count(RegoValue value) => value switch
    {
        RegoString text => RegoValue.Of(text.Value.EnumerateRunes().Count()),
        RegoObject members => RegoValue.Of(members.Keys.Count),
        _ => Items(value) is { } items ? RegoValue.Of(items.Count) : null,
    };

    private static RegoValue? Fold(BuiltinContext context, RegoValue value, long first, Syntax.Nodes.Operator symbol)
    {
        if (Items(value) is not { } items)
        {
            return null;
        }

        context.Budget.Steps(1 + items.Count);
        RegoValue? result = RegoValue.Of(first);
        for (int i = 0; i < items.Count && result is not null; i++)
        {
            result = items[i] is RegoNumber ? Arithmetic.Apply(context, symbol, result, items[i]) : null;
        }

        return result;
    }

    private static List<RegoValue>? Sorted(BuiltinContext context, RegoValue value)
    {
        if (Items(value) is not { } items)
        {
            return null;
        }

        context.Budget.Cells(1 + items.Count);
        context.Budget.Steps(value.Weight * 4);
        List<RegoValue> sorted = [.. items];
        sorted.Sort(ValueOrder.Instance);
        return sorted;
    }

    private static RegoValue Joined(BuiltinContext context, RegoArray first, RegoArray second)
    {
        context.Budget.Cells(first.Items.Count + second.Items.Count);
        return context.Array([.. first.Items, .. second.Items]);
    }

    private static RegoValue Reversed(BuiltinContext context, RegoArray array)
    {
        context.Budget.Cells(array.Items.Count);
        return context.Array([.. array.Items.Reverse()]);
    }

    private static RegoValue? Slice(BuiltinContext context, RegoValue[] arguments)
    {
        if (arguments[0] is not RegoArray array
            || arguments[1] is not RegoNumber from || !from.TryInt32(out int start)
            || arguments[2] is not RegoNumber to || !to.TryInt32(out int end))
        {
            return null;
        }

        start = Math.Clamp(start, 0, array.Items.Count);
        end = Math.Clamp(end, start, array.Items.Count);
        return context.Array([.. array.Items.Skip(start).Take(end - start)]);
    }

    private static RegoValue? Union(BuiltinContext context, RegoSet sets)
    {
        context.Budget.Cells(sets.Weight);
        return sets.Items.All(set => set is RegoSet) ? context.Set([.. sets.Items.SelectMany(set => ((RegoSet)set).Items)]) : null;
    }

    private static RegoValue? Intersection(BuiltinContext context, RegoSet sets)
    {
        context.Budget.Steps(sets.Weight * 4);
        if (!sets.Items.All(set => set is RegoSet))
        {
            return null;
        }

        return sets.Items.Count == 0
            ? RegoSet.Empty
            : context.Set([.. ((RegoSet)sets.Items[0]).Items.Where(item => sets.Items.All(set => ((RegoSet)set).Contains(item)))]);
    }
}
