using Kata.Rego.Data;
using Kata.Rego.Values;

namespace Kata.Rego.Builtins;

/// <summary>Paths into a document, joined where they begin alike.</summary>
internal sealed class PathTree
{
    private readonly Dictionary<string, PathTree> _parts = new(StringComparer.Ordinal);
    private bool _isEnd;

    /// <summary>Reads an array or set of paths, each a text such as <c>a/b/0</c> or an array of keys; null for anything else.</summary>
    public static PathTree? Of(BuiltinContext context, RegoValue paths)
    {
        if (Collections.Items(paths) is not { } all)
        {
            return null;
        }

        var root = new PathTree();
        context.Budget.Cells(paths.Weight);
        foreach (RegoValue path in all)
        {
            string[]? keys = path switch
            {
                RegoString { Value.Length: <= 4096 } text when text.Value.Count(c => c == '/') < RegoValue.MaxDepth => DocumentPatch.Parts(text.Value),
                RegoArray { Items.Count: <= RegoValue.MaxDepth } array => [.. array.Items.Select(key => RegoText.Plain(key, 1024))],
                _ => null,
            };
            if (keys is null)
            {
                return null;
            }

            PathTree at = root;
            foreach (string key in keys)
            {
                if (!at._parts.TryGetValue(key, out PathTree? part))
                {
                    context.Budget.Cells(4);
                    at._parts.Add(key, part = new PathTree());
                }

                at = part;
            }

            at._isEnd = true;
        }

        return root;
    }

    /// <summary>What the paths lead to, in its place; null if nothing.</summary>
    public RegoValue? Keep(BuiltinContext context, RegoValue value) =>
        _isEnd ? value : Change(context, value, (key, member) => _parts.TryGetValue(key, out PathTree? part) ? part.Keep(context, member) : null);

    /// <summary>All but what the paths lead to; null if nothing is left.</summary>
    public RegoValue? Drop(BuiltinContext context, RegoValue value) =>
        _isEnd ? null : _parts.Count == 0 ? value : Change(context, value, (key, member) => _parts.TryGetValue(key, out PathTree? part) ? part.Drop(context, member) : member) ?? value;

    private static RegoValue? Change(BuiltinContext context, RegoValue value, Func<string, RegoValue, RegoValue?> change)
    {
        switch (value)
        {
            case RegoObject members:
                context.Budget.Cells(1 + (2 * members.Keys.Count));
                var kept = new List<KeyValuePair<RegoValue, RegoValue>>();
                for (int i = 0; i < members.Keys.Count; i++)
                {
                    if (change(RegoText.Plain(members.Keys[i], 1024), members.Values[i]) is { } member)
                    {
                        kept.Add(new(members.Keys[i], member));
                    }
                }

                return RegoObject.Of(kept);
            case RegoArray array:
                var items = new List<RegoValue>();
                for (int i = 0; i < array.Items.Count; i++)
                {
                    if (change(RegoNumber.Of((Int128)i).Text(), array.Items[i]) is { } item)
                    {
                        items.Add(item);
                    }
                }

                return context.Array(items);
            default:
                return null;
        }
    }
}
