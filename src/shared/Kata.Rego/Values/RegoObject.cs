namespace Kata.Rego.Values;

/// <summary>Values by key, in the order of the keys.</summary>
public sealed class RegoObject : RegoValue
{
    /// <summary>The object without members.</summary>
    public static readonly RegoObject Empty = new([], []);

    private readonly RegoValue[] _keys;
    private readonly RegoValue[] _values;

    private RegoObject(RegoValue[] keys, RegoValue[] values)
    {
        (_keys, _values) = (keys, values);
        long weight = 1;
        int depth = 0;
        for (int i = 0; i < keys.Length; i++)
        {
            weight += keys[i].Weight + values[i].Weight;
            depth = Math.Max(depth, Math.Max(keys[i].Depth, values[i].Depth));
        }

        Weight = weight;
        Depth = CheckedDepth(depth);
    }

    /// <summary>The keys, sorted; none twice.</summary>
    public IReadOnlyList<RegoValue> Keys => _keys;

    /// <summary>The values, in the order of their keys.</summary>
    public IReadOnlyList<RegoValue> Values => _values;

    /// <inheritdoc/>
    public override RegoKind Kind => RegoKind.Object;

    /// <inheritdoc/>
    public override long Weight { get; }

    /// <inheritdoc/>
    public override int Depth { get; }

    /// <summary>Makes an object; of several members with one key the last counts.</summary>
    /// <exception cref="RegoException">The members nest too deep.</exception>
    public static RegoObject Of(IEnumerable<KeyValuePair<RegoValue, RegoValue>> members) => Make([.. members], out _);

    /// <summary>Makes an object of members named by texts; of several with one name the last counts.</summary>
    /// <inheritdoc cref="Of(IEnumerable{KeyValuePair{RegoValue, RegoValue}})"/>
    public static RegoObject Of(IEnumerable<KeyValuePair<string, RegoValue>> members)
    {
        ArgumentNullException.ThrowIfNull(members);
        var list = new List<KeyValuePair<RegoValue, RegoValue>>();
        foreach ((string key, RegoValue value) in members)
        {
            list.Add(new(Of(key), value));
        }

        return Make(list, out _);
    }

    /// <summary>The member of this name; null if there is none.</summary>
    public RegoValue? Find(string name) => Member(Of(name));

    /// <summary>Makes an object and finds out whether two members have one key and different values.</summary>
    internal static RegoObject Make(List<KeyValuePair<RegoValue, RegoValue>> members, out RegoValue? conflict)
    {
        conflict = null;
        var sorted = new KeyValuePair<RegoValue, RegoValue>[members.Count];
        var order = new int[members.Count];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        Array.Sort(order, (a, b) => Compare(members[a].Key, members[b].Key) is var byKey and not 0 ? byKey : a.CompareTo(b));
        int count = 0;
        foreach (int index in order)
        {
            KeyValuePair<RegoValue, RegoValue> member = members[index];
            if (count > 0 && Compare(sorted[count - 1].Key, member.Key) == 0)
            {
                conflict ??= sorted[count - 1].Value.Equals(member.Value) ? null : member.Key;
                sorted[count - 1] = member;
                continue;
            }

            sorted[count++] = member;
        }

        var keys = new RegoValue[count];
        var values = new RegoValue[count];
        for (int i = 0; i < count; i++)
        {
            (keys[i], values[i]) = (sorted[i].Key, sorted[i].Value);
        }

        return new RegoObject(keys, values);
    }

    /// <summary>This object with one member more or another value for it.</summary>
    internal RegoObject With(RegoValue key, RegoValue value)
    {
        int at = Array.BinarySearch(_keys, key, ValueOrder.Instance);
        if (at >= 0)
        {
            RegoValue[] changed = [.. _values];
            changed[at] = value;
            return new RegoObject(_keys, changed);
        }

        return new RegoObject([.. _keys[..~at], key, .. _keys[~at..]], [.. _values[..~at], value, .. _values[~at..]]);
    }

    /// <summary>This object without one member; null when it has no such member.</summary>
    internal RegoObject? Without(RegoValue key)
    {
        int at = Array.BinarySearch(_keys, key, ValueOrder.Instance);
        return at < 0 ? null : new RegoObject([.. _keys[..at], .. _keys[(at + 1)..]], [.. _values[..at], .. _values[(at + 1)..]]);
    }

    internal override RegoValue? Member(RegoValue key) => Array.BinarySearch(_keys, key, ValueOrder.Instance) is var at and >= 0 ? _values[at] : null;

    internal override int CompareSame(RegoValue other)
    {
        var second = (RegoObject)other;
        int length = Math.Min(_keys.Length, second._keys.Length);
        for (int i = 0; i < length; i++)
        {
            if (Compare(_keys[i], second._keys[i]) is var byKey and not 0)
            {
                return byKey;
            }

            if (Compare(_values[i], second._values[i]) is var byValue and not 0)
            {
                return byValue;
            }
        }

        return _keys.Length.CompareTo(second._keys.Length);
    }
}
