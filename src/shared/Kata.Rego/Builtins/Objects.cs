using Kata.Rego.Values;

namespace Kata.Rego.Builtins;

/// <summary>Functions of objects.</summary>
internal static class Objects
{
    /// <summary>All parts of a value, each with its path; a statement of its own shape.</summary>
    public static readonly Builtin Walk = new("walk", 1, static (c, a) => Walked(c, a[0]));

    public static readonly Builtin[] All =
    [
        Walk,
        new("object.get", 3, static (c, a) => a[0] is RegoObject members ? Get(c, members, a[1]) ?? a[2] : null),
        new("object.keys", 1, static (c, a) => a[0] is RegoObject members ? c.Set([.. members.Keys]) : null),
        new("object.remove", 2, static (c, a) => a[0] is RegoObject members && Keys(a[1]) is { } keys ? Chosen(c, members, key => !keys.Contains(key)) : null),
        new("object.filter", 2, static (c, a) => a[0] is RegoObject members && Keys(a[1]) is { } keys ? Chosen(c, members, keys.Contains) : null),
        new("object.subset", 2, static (c, a) => IsSubset(c, a[0], a[1]) is { } holds ? RegoValue.Of(holds) : null),
        new("object.union_n", 1, static (c, a) => a[0] is RegoArray all ? UnionOfAll(c, all) : null),
        new("object.union", 2, static (c, a) => (a[0], a[1]) is (RegoObject x, RegoObject y) ? Union(c, x, y) : null),
    ];

    private static RegoValue? UnionOfAll(BuiltinContext context, RegoArray all)
    {
        var result = RegoObject.Empty;
        foreach (RegoValue item in all.Items)
        {
            if (item is not RegoObject members)
            {
                return null;
            }

            result = Union(context, result, members);
        }

        return result;
    }

    // An object has the keys of the other with subsets of their values, a set its elements, an array its elements one behind the other.
    private static bool? IsSubset(BuiltinContext context, RegoValue all, RegoValue part)
    {
        context.Budget.Steps(part.Weight * 8);
        switch (all, part)
        {
            case (RegoObject members, RegoObject others):
                for (int i = 0; i < others.Keys.Count; i++)
                {
                    if (members.Member(others.Keys[i]) is not { } member || !(IsSubset(context, member, others.Values[i]) ?? member.Equals(others.Values[i])))
                    {
                        return false;
                    }
                }

                return true;
            case (RegoSet set, RegoSet others):
                return others.Items.All(set.Contains);
            case (RegoArray items, RegoSet others):
                context.Budget.Steps(items.Weight * (1 + others.Items.Count));
                return others.Items.All(other => items.Items.Any(other.Equals));
            case (RegoArray items, RegoArray others):
                context.Budget.Steps((1 + items.Items.Count) * part.Weight);
                return Enumerable.Range(0, Math.Max(0, items.Items.Count - others.Items.Count + 1))
                    .Any(from => others.Items.Select((other, i) => items.Items[from + i].Equals(other)).All(same => same));
            default:
                return null;
        }
    }

    // A path is an array of keys.
    private static RegoValue? Get(BuiltinContext context, RegoObject members, RegoValue key)
    {
        context.Budget.Steps(key.Weight * 8);
        if (key is not RegoArray path)
        {
            return members.Member(key);
        }

        RegoValue? value = members;
        for (int i = 0; i < path.Items.Count && value is not null; i++)
        {
            value = value.Member(path.Items[i]);
        }

        return value;
    }

    private static RegoSet? Keys(RegoValue value) => value switch
    {
        RegoSet set => set,
        RegoArray array => RegoSet.Of(array.Items),
        RegoObject members => RegoSet.Of(members.Keys),
        _ => null,
    };

    private static RegoObject Chosen(BuiltinContext context, RegoObject members, Func<RegoValue, bool> keep)
    {
        context.Budget.Cells(1 + (2 * members.Keys.Count));
        context.Budget.Steps(members.Weight * 4);
        var kept = new List<KeyValuePair<RegoValue, RegoValue>>();
        for (int i = 0; i < members.Keys.Count; i++)
        {
            if (keep(members.Keys[i]))
            {
                kept.Add(new(members.Keys[i], members.Values[i]));
            }
        }

        return RegoObject.Of(kept);
    }

    private static RegoValue Walked(BuiltinContext context, RegoValue value)
    {
        var found = new List<RegoValue>();
        Visit([], value);
        return context.Array(found);

        void Visit(RegoValue[] path, RegoValue part)
        {
            context.Budget.Cells(3 + path.Length);
            found.Add(new RegoArray([new RegoArray(path), part]));
            switch (part)
            {
                case RegoArray array:
                    for (int i = 0; i < array.Items.Count; i++)
                    {
                        Visit([.. path, RegoValue.Of((long)i)], array.Items[i]);
                    }

                    break;
                case RegoSet set:
                    foreach (RegoValue item in set.Items)
                    {
                        Visit([.. path, item], item);
                    }

                    break;
                case RegoObject members:
                    for (int i = 0; i < members.Keys.Count; i++)
                    {
                        Visit([.. path, members.Keys[i]], members.Values[i]);
                    }

                    break;
                default:
                    break;
            }
        }
    }

    // The second object wins, except that objects in both are joined in turn.
    private static RegoObject Union(BuiltinContext context, RegoObject first, RegoObject second)
    {
        context.Budget.Cells(1 + (2 * (first.Keys.Count + second.Keys.Count)));
        context.Budget.Steps((first.Weight + second.Weight) * 4);
        var members = new List<KeyValuePair<RegoValue, RegoValue>>();
        for (int i = 0; i < first.Keys.Count; i++)
        {
            members.Add(new(first.Keys[i], first.Values[i]));
        }

        for (int i = 0; i < second.Keys.Count; i++)
        {
            RegoValue value = second.Values[i];
            members.Add(new(
                second.Keys[i],
                value is RegoObject inner && first.Member(second.Keys[i]) is RegoObject before ? Union(context, before, inner) : value));
        }

        return RegoObject.Of(members);
    }
}
