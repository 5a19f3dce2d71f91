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
        new("object.union", 2, static (c, a) => (a[0], a[1]) is (RegoObject x, RegoObject y) ? Union(c, x, y) : null),
    ];

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
