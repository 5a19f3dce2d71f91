namespace Kata.Rego.Values;

/// <summary>Different values, kept sorted.</summary>
public sealed class RegoSet : RegoValue
{
    /// <summary>The set without elements.</summary>
    public static readonly RegoSet Empty = new(Array.Empty<RegoValue>());

    private readonly RegoValue[] _items;

    private RegoSet(RegoValue[] items)
    {
        _items = items;
        long weight = 1;
        int depth = 0;
        foreach (RegoValue item in items)
        {
            weight += item.Weight;
            depth = Math.Max(depth, item.Depth);
        }

        Weight = weight;
        Depth = CheckedDepth(depth);
    }

    /// <summary>The elements, sorted; none twice.</summary>
    public IReadOnlyList<RegoValue> Items => _items;

    /// <inheritdoc/>
    public override RegoKind Kind => RegoKind.Set;

    /// <inheritdoc/>
    public override long Weight { get; }

    /// <inheritdoc/>
    public override int Depth { get; }

    /// <summary>Makes a set; values that are there already change nothing.</summary>
    /// <exception cref="RegoException">The elements nest too deep.</exception>
    public static RegoSet Of(IEnumerable<RegoValue> values)
    {
        RegoValue[] sorted = [.. values];
        Array.Sort(sorted, ValueOrder.Instance);
        int count = 0;
        foreach (RegoValue value in sorted)
        {
            if (count == 0 || Compare(sorted[count - 1], value) != 0)
            {
                sorted[count++] = value;
            }
        }

        return new RegoSet(sorted[..count]);
    }

    internal bool Contains(RegoValue value) => Array.BinarySearch(_items, value, ValueOrder.Instance) >= 0;

    internal override RegoValue? Member(RegoValue key) => Contains(key) ? key : null;

    internal override int CompareSame(RegoValue other)
    {
        RegoValue[] others = ((RegoSet)other)._items;
        int length = Math.Min(_items.Length, others.Length);
        for (int i = 0; i < length; i++)
        {
            if (Compare(_items[i], others[i]) is var order and not 0)
            {
                return order;
            }
        }

        return _items.Length.CompareTo(others.Length);
    }
}
