using Kata.Rego.Syntax.Nodes;
using Kata.Rego.Values;

namespace Kata.Rego.Evaluation;

/// <summary>Makes the surroundings that <c>with</c> asks for.</summary>
internal sealed class ReplacementEvaluator(Evaluator evaluator)
{
    /// <summary>The surroundings; null if one of the values is not there, so that the statement has none either.</summary>
    public Surroundings? Apply(IReadOnlyList<Replacement> replacements, RegoValue?[] frame)
    {
        Surroundings outer = evaluator.Surroundings;
        RegoValue input = outer.Input;
        RegoObject data = outer.Data;
        var rules = new Dictionary<int, RegoValue>(outer.Rules);
        var functions = new Dictionary<FunctionKey, Replaced>(outer.Functions);
        evaluator.Budget.Cells(8 + rules.Count + functions.Count);
        foreach (Replacement replacement in replacements)
        {
            if (replacement is { Target: FunctionName target, Value: FunctionName other })
            {
                functions[target.Function] = new Replaced(null, other.Function);
                continue;
            }

            if (evaluator.Expressions.Evaluate(replacement.Value, frame) is not { } value)
            {
                return null;
            }

            switch (replacement.Target)
            {
                case InputDocument:
                    input = Put(input, replacement.Path, 0, value);
                    break;
                case DataDocument document:
                    data = (RegoObject)Put(data, [document.Key, .. replacement.Path], 0, value);
                    break;
                case RuleValue rule:
                    rules[rule.Rule] = value;
                    break;
                case FunctionName function:
                    functions[function.Function] = new Replaced(value, default);
                    break;
                default:
                    throw new InvalidOperationException($"a {replacement.Target.GetType().Name} was not resolved");
            }
        }

        return new Surroundings(input, data, rules, functions);
    }

    // What is in the way and has no members gives way.
    private RegoValue Put(RegoValue document, IReadOnlyList<string> path, int at, RegoValue value)
    {
        if (at == path.Count)
        {
            return value;
        }

        RegoObject members = document as RegoObject ?? RegoObject.Empty;
        evaluator.Budget.Cells(2 + (2 * members.Keys.Count));
        RegoValue key = RegoValue.Of(path[at]);
        return members.With(key, Put(members.Member(key) ?? RegoObject.Empty, path, at + 1, value));
    }
}
