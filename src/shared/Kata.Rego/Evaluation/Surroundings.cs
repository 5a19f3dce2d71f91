using Kata.Rego.Syntax.Nodes;
using Kata.Rego.Values;

namespace Kata.Rego.Evaluation;

/// <summary>
/// What rules see: the request, the documents and the functions; and what rules have come to with these. <c>with</c> makes others for a statement,
/// in which every rule is evaluated anew.
/// </summary>
internal sealed class Surroundings
{
    private readonly Dictionary<int, RegoValue?> _known;
    private Surroundings? _withoutReplacements;

    /// <summary>The surroundings of an evaluation.</summary>
    public Surroundings(RegoValue input, RegoObject data)
        : this(input, data, [], [])
    {
    }

    /// <summary>Surroundings in which some rules and functions are replaced.</summary>
    public Surroundings(RegoValue input, RegoObject data, Dictionary<int, RegoValue> rules, Dictionary<FunctionKey, Replaced> functions)
    {
        (Input, Data, Rules, Functions) = (input, data, rules, functions);
        _known = [];
        foreach ((int rule, RegoValue value) in rules)
        {
            _known.Add(rule, value);
        }
    }

    /// <summary>The request.</summary>
    public RegoValue Input { get; }

    /// <summary>The documents beside the policy.</summary>
    public RegoObject Data { get; }

    /// <summary>Rules that have another value here.</summary>
    public Dictionary<int, RegoValue> Rules { get; }

    /// <summary>Functions that are others here.</summary>
    public Dictionary<FunctionKey, Replaced> Functions { get; }

    /// <summary>Finds what a rule has come to, which may be nothing.</summary>
    public bool TryKnown(int rule, out RegoValue? value) => _known.TryGetValue(rule, out value);

    /// <summary>Remembers what a rule has come to.</summary>
    public void Learn(int rule, RegoValue? value) => _known[rule] = value;


    /// <summary>What a function sees that stands in for another one: the documents, and no replaced function.</summary>
    public Surroundings WithoutReplacements() =>
        _withoutReplacements ??= Functions.Count == 0 ? this : new Surroundings(Input, Data, Rules, []);
}
