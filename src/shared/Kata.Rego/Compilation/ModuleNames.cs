using Kata.Rego.Builtins;
using Kata.Rego.Patterns;
using Kata.Rego.Syntax;
using Kata.Rego.Syntax.Nodes;
using Kata.Rego.Values;

namespace Kata.Rego.Compilation;

/// <summary>The names that a whole policy gives: its package, its imports, its rules.</summary>
internal sealed class ModuleNames
{
    private readonly Dictionary<string, int> _rules = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Expression> _imports = new(StringComparer.Ordinal);

    // Generated policies have dozens of patterns of about a hundred instructions.
    private int _patternRoom = 1_000_000;

    /// <summary>Collects the names.</summary>
    /// <exception cref="Primitives.KataException">InvalidArgument: two definitions of one rule do not go together.</exception>
    public ModuleNames(Module module)
    {
        Package = module.Package;
        foreach (Import import in module.Imports)
        {
            _imports[import.Alias] = import.Target;
        }

        foreach (RuleDefinition definition in module.Rules)
        {
            Add(definition);
        }
    }

    /// <summary>The path of the package.</summary>
    public IReadOnlyList<string> Package { get; }

    /// <summary>The patterns that the policy uses.</summary>
    public PatternCache Patterns { get; } = new();

    /// <summary>Refuses a pattern that is written down and is none, or one too many.</summary>
    public void CheckPattern(string function, IReadOnlyList<Expression> arguments) =>
        RegexFunctions.RefuseBadPattern(function, arguments, Patterns, ref _patternRoom);

    /// <summary>The rules, by number; their definitions come later.</summary>
    public List<RuleSet> Rules { get; } = [];

    /// <summary>The number of a rule.</summary>
    public int? Rule(string name) => _rules.TryGetValue(name, out int rule) ? rule : null;

    /// <summary>What an import stands for.</summary>
    public Expression? Import(string name) => _imports.GetValueOrDefault(name);

    /// <summary>Whether a name stands for something outside of bodies.</summary>
    public bool Knows(string name) => name is "input" or "data" || _rules.ContainsKey(name) || _imports.ContainsKey(name);

    /// <summary>The name of a rule that is called by its full path.</summary>
    public string WithoutPackage(string function)
    {
        string prefix = $"data.{string.Join('.', Package)}.";
        return function.StartsWith(prefix, StringComparison.Ordinal) ? function[prefix.Length..] : function;
    }

    /// <summary>The rule that a path below <c>data</c> leads to.</summary>
    /// <param name="path">The path.</param>
    /// <param name="length">How much of it names the rule.</param>
    public string? RuleInPackage(IReadOnlyList<Expression> path, out int length)
    {
        length = Package.Count + 1;
        if (path.Count < length)
        {
            return null;
        }

        for (int i = 0; i < Package.Count; i++)
        {
            if (path[i] is not Constant { Value: RegoString part } || part.Value != Package[i])
            {
                return null;
            }
        }

        return path[Package.Count] is Constant { Value: RegoString name } ? name.Value : null;
    }

    private void Add(RuleDefinition definition)
    {
        if (!_rules.TryGetValue(definition.Name, out int number))
        {
            number = Rules.Count;
            _rules.Add(definition.Name, number);
            Rules.Add(new RuleSet(definition.Name, definition.At, definition.Kind, definition.Parameters.Count));
        }

        RuleSet rule = Rules[number];
        if (rule.Kind != definition.Kind || rule.Parameters != definition.Parameters.Count)
        {
            throw definition.At.Wrong($"'{definition.Name}' is defined in another way at {rule.At}");
        }

        if (!definition.IsDefault)
        {
            return;
        }

        if (rule.Default is not null)
        {
            throw definition.At.Wrong($"a second default of '{definition.Name}'");
        }

        rule.Default = ConstantFolding.Value(definition.Value) ?? throw definition.At.Wrong($"the default of '{definition.Name}' must be a constant");
    }
}
