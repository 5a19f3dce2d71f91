using Kata.Rego.Syntax;
using Kata.Rego.Syntax.Nodes;
using Kata.Rego.Values;

namespace Kata.Rego.Compilation;

/// <summary>All definitions of one rule.</summary>
internal sealed class RuleSet(string name, Position at, RuleKind kind, int parameters)
{
    public string Name => name;

    /// <summary>Where the first definition begins.</summary>
    public Position At => at;

    public RuleKind Kind => kind;

    /// <summary>How many arguments a function takes.</summary>
    public int Parameters => parameters;

    /// <summary>The value when no definition gives one.</summary>
    public RegoValue? Default { get; set; }

    public List<CompiledRule> Definitions { get; } = [];

    /// <summary>Whether every definition gives the same value, so that one that holds is enough.</summary>
    public bool HasOneValue { get; private set; }

    /// <summary>To be called when all definitions are there.</summary>
    public void Complete() =>
        HasOneValue = Definitions.Count > 0 && Definitions.TrueForAll(definition => definition.Else is null
            && definition.Value is Constant constant && Definitions[0].Value is Constant first && constant.Value.Equals(first.Value));
}
