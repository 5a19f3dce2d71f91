namespace Kata.Rego.Compilation;

/// <summary>Which slots have a value at a place of a body.</summary>
internal sealed class BoundVariables
{
    private readonly HashSet<int> _slots;

    public BoundVariables() => _slots = [];

    private BoundVariables(HashSet<int> slots) => _slots = slots;

    public bool Has(int slot) => _slots.Contains(slot);

    /// <summary>Adds a slot; false when it was there.</summary>
    public bool Add(int slot) => _slots.Add(slot);

    /// <summary>A copy for a body inside, which gives no values to variables outside.</summary>
    public BoundVariables Inside() => new([.. _slots]);
}
