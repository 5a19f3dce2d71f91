using System.Globalization;
using Kata.Primitives;
using Kata.Rego.Values;

namespace Kata.Rego.Data;

/// <summary>Changes documents by JSON Patch (RFC 6902): all operations or none.</summary>
public static class DocumentPatch
{
    private const int MaxOperations = 1000;

    /// <summary>Applies operations in order.</summary>
    /// <param name="document">The document, which stays as it is.</param>
    /// <param name="operations">An array of objects with <c>op</c>, <c>path</c> and, depending on it, <c>value</c> or <c>from</c>.</param>
    /// <param name="maxWeight">How large the document may become, in parts of values.</param>
    /// <returns>The changed document.</returns>
    /// <exception cref="KataException">InvalidArgument: an operation is malformed or does not fit. ResourceExhausted: it became too large.</exception>
    public static RegoObject Apply(RegoObject document, RegoValue operations, long maxWeight)
    {
        ArgumentNullException.ThrowIfNull(document);
        return ApplyTo(document, operations, maxWeight) as RegoObject ?? throw KataException.Invalid("the operations leave no object");
    }

    /// <summary>Applies operations to a value of any type.</summary>
    /// <inheritdoc cref="Apply"/>
    internal static RegoValue ApplyTo(RegoValue document, RegoValue operations, long maxWeight)
    {
        if (operations is not RegoArray { Items.Count: <= MaxOperations } list)
        {
            throw KataException.Invalid($"the operations are no array of at most {MaxOperations}");
        }

        RegoValue changed = document;
        foreach (RegoValue operation in list.Items)
        {
            changed = One(changed, operation);
            if (changed.Weight > maxWeight)
            {
                throw new KataException(ErrorCode.ResourceExhausted, $"the state becomes larger than {maxWeight} parts");
            }
        }

        return changed;
    }

    /// <summary>The keys of a path, whose first '/' may be missing.</summary>
    /// <exception cref="KataException">InvalidArgument: there are too many.</exception>
    internal static string[] Parts(string path)
    {
        string[] parts = (path.StartsWith('/') ? path[1..] : path).Split('/');
        return parts.Length <= RegoValue.MaxDepth
            ? Array.ConvertAll(parts, part => part.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))
            : throw KataException.Invalid("a path that is too long");
    }

    private static RegoValue One(RegoValue document, RegoValue operation)
    {
        string kind = Text(operation, "op");
        string[] path = Path(operation, "path");
        switch (kind)
        {
            case "add":
                return Put(document, path, 0, Value(operation), replaces: false);
            case "replace":
                return Put(document, path, 0, Value(operation), replaces: true);
            case "remove":
                return Remove(document, path, 0);
            case "test":
                return Find(document, path).Equals(Value(operation)) ? document : throw KataException.Invalid($"test of {Name(path)}: another value");
            case "copy":
                return Put(document, path, 0, Find(document, Path(operation, "from")), replaces: false);
            case "move":
                string[] from = Path(operation, "from");
                return Put(Remove(document, from, 0), path, 0, Find(document, from), replaces: false);
            default:
                throw KataException.Invalid($"the operation '{Printable.Escape(kind, 40)}' is not known");
        }
    }

    private static string Text(RegoValue operation, string key) =>
        (operation.Member(RegoValue.Of(key)) as RegoString)?.Value ?? throw KataException.Invalid($"an operation without '{key}'");

    private static RegoValue Value(RegoValue operation) =>
        operation.Member(RegoValue.Of("value")) ?? throw KataException.Invalid("an operation without 'value'");

    private static string[] Path(RegoValue operation, string key)
    {
        string path = Text(operation, key);
        if (path.Length == 0)
        {
            return [];
        }

        return path.StartsWith('/') ? Parts(path) : throw KataException.Invalid($"the path '{Printable.Escape(path, 80)}' does not begin with '/'");
    }

    private static RegoValue Find(RegoValue document, string[] path)
    {
        RegoValue value = document;
        foreach (string part in path)
        {
            value = Member(value, part) ?? throw Missing(path);
        }

        return value;
    }

    private static RegoValue? Member(RegoValue value, string part) => value switch
    {
        RegoObject members => members.Member(RegoValue.Of(part)),
        RegoArray array when Index(part) is { } index && index < array.Items.Count => array.Items[index],
        _ => null,
    };

    private static int? Index(string part) =>
        int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int index) && (part == "0" || !part.StartsWith('0')) ? index : null;

    private static RegoValue Put(RegoValue target, string[] path, int at, RegoValue value, bool replaces)
    {
        if (at == path.Length)
        {
            return value;
        }

        RegoValue? member = Member(target, path[at]);
        bool last = at == path.Length - 1;
        if (member is null && (!last || replaces))
        {
            throw Missing(path);
        }

        RegoValue changed = last ? value : Put(member!, path, at + 1, value, replaces);
        switch (target)
        {
            case RegoObject members:
                return members.With(RegoValue.Of(path[at]), changed);
            case RegoArray array:
                int index = path[at] == "-" && last && !replaces ? array.Items.Count : Index(path[at]) ?? -1;
                if (index < 0 || index > array.Items.Count)
                {
                    throw Missing(path);
                }

                return new RegoArray([.. array.Items.Take(index), changed, .. array.Items.Skip(last && !replaces ? index : index + 1)]);
            default:
                throw Missing(path);
        }
    }

    private static RegoValue Remove(RegoValue target, string[] path, int at)
    {
        if (at == path.Length)
        {
            throw KataException.Invalid("the whole state cannot be removed");
        }

        RegoValue member = Member(target, path[at]) ?? throw Missing(path);
        if (at < path.Length - 1)
        {
            return Put(target, path[at..(at + 1)], 0, Remove(member, path, at + 1), replaces: true);
        }

        return target is RegoObject members
            ? members.Without(RegoValue.Of(path[at]))!
            : new RegoArray([.. ((RegoArray)target).Items.Where((_, index) => index != Index(path[at]))]);
    }

    private static KataException Missing(string[] path) => KataException.Invalid($"there is nothing at {Name(path)}");

    private static string Name(string[] path) => $"'{Printable.Escape("/" + string.Join('/', path), 200)}'";
}
