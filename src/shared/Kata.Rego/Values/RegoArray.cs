namespace Kata.Rego.Values;

/// <summary>Values in order, counted from 0.</summary>
public sealed class RegoArray : RegoValue
{
    /// <summary>The array without elements.</summary>
    public static readonly RegoArray Empty = new([]);

    /// <summary>Wraps elements, which must not change any more.</summary>
    /// <exception cref="RegoException">The elements nest too deep.</exception>
    public RegoArray(IReadOnlyList<RegoValue> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        Items = items;
        if (items is ByteNumbers)
        {
            // One level of small numbers: no need to make each of them to know it.
            (Weight, Depth) = (1 + items.Count, 1);
            return;
        }

        long weight = 1;
        int depth = 0;
        for (int i = 0; i < items.Count; i++)
        {
            weight += items[i].Weight;
            depth = Math.Max(depth, items[i].Depth);
        }

        Weight = weight;
        Depth = CheckedDepth(depth);
    }

    /// <summary>The elements.</summary>
    public IReadOnlyList<RegoValue> Items { get; }

    /// <inheritdoc/>
    public override RegoKind Kind => RegoKind.Array;

    /// <inheritdoc/>
    public override long Weight { get; }

    /// <inheritdoc/>
    public override int Depth { get; }

    internal override RegoValue? Member(RegoValue key) =>
        key is RegoNumber number && number.TryInt32(out int index) && index >= 0 && index < Items.Count ? Items[index] : null;

    internal override int CompareSame(RegoValue other)
    {
        IReadOnlyList<RegoValue> others = ((RegoArray)other).Items;
        int length = Math.Min(Items.Count, others.Count);
        for (int i = 0; i < length; i++)
        {
            if (Compare(Items[i], others[i]) is var order and not 0)
            {
                return order;
            }
        }

        return Items.Count.CompareTo(others.Count);
    }
}
