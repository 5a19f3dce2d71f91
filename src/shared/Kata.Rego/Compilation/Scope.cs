using Kata.Rego.Syntax;

namespace Kata.Rego.Compilation;

/// <summary>The variables of a body, inside of those of the bodies around it.</summary>
internal sealed class Scope(Scope? outer)
{
    private readonly Dictionary<string, int> _slots = new(StringComparer.Ordinal);

    public int? Find(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Parent)
        {
            if (scope._slots.TryGetValue(name, out int slot))
            {
                return slot;
            }
        }

        return null;
    }

    private Scope? Parent => outer;

    /// <summary>Adds a variable that no other of this body may have the name of.</summary>
    public void Declare(string name, Position at, int slot)
    {
        if (!_slots.TryAdd(name, slot))
        {
            throw at.Wrong($"'{name}' is declared twice in this body");
        }
    }

    /// <summary>Adds a variable for the first use of a name.</summary>
    public void Add(string name, int slot) => _slots[name] = slot;
}
