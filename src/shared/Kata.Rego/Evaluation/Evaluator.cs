using Kata.Rego.Compilation;
using Kata.Rego.Patterns;
using Kata.Rego.Syntax.Nodes;
using Kata.Rego.Values;

namespace Kata.Rego.Evaluation;

/// <summary>One evaluation: the request, the documents, and what rules have come to so far. Not safe for concurrent use.</summary>
internal sealed class Evaluator
{
    private readonly IReadOnlyList<RuleSet> _rules;

    public Evaluator(IReadOnlyList<RuleSet> rules, PatternCache patterns, RegoValue input, RegoObject data, Budget budget, PrintLog prints)
    {
        (_rules, Budget, Prints) = (rules, budget, prints);
        Surroundings = new Surroundings(input, data);
        Expressions = new ExpressionEvaluator(this, patterns);
        Bodies = new BodyEvaluator(this);
    }

    public Budget Budget { get; }

    public PrintLog Prints { get; }

    public ExpressionEvaluator Expressions { get; }

    public BodyEvaluator Bodies { get; }

    /// <summary>What is seen at this moment; a statement that changes it changes it back.</summary>
    public Surroundings Surroundings { get; set; }

    /// <summary>The value of a rule without arguments; null if it has none.</summary>
    public RegoValue? Value(int rule)
    {
        if (Surroundings.TryKnown(rule, out RegoValue? known))
        {
            return known;
        }

        Budget.Enter();
        RuleSet set = _rules[rule];
        RegoValue? value = set.Kind switch
        {
            RuleKind.PartialSet => Elements(set),
            RuleKind.PartialObject => Members(set),
            _ => Single(set, []),
        };
        Budget.Leave();
        Surroundings.Learn(rule, value);
        return value;
    }

    /// <summary>The value of a function for arguments; null if it has none for them.</summary>
    public RegoValue? Call(FunctionKey function, RegoValue[] arguments)
    {
        if (Surroundings.Functions.Count == 0 || !Surroundings.Functions.TryGetValue(function, out Replaced other))
        {
            return Invoke(function, arguments);
        }

        if (other.Value is not null)
        {
            return other.Value;
        }

        // The one that stands in sees the functions as they are; it may well call the one it stands in for.
        Surroundings outer = Surroundings;
        Surroundings = outer.WithoutReplacements();
        RegoValue? value = Invoke(other.Function, arguments);
        Surroundings = outer;
        return value;
    }

    private RegoValue? Invoke(FunctionKey function, RegoValue[] arguments)
    {
        if (function.Builtin is { } builtin)
        {
            return builtin.Invoke(Expressions.Context, arguments);
        }

        Budget.Enter();
        RegoValue? value = Single(_rules[function.Rule], arguments);
        Budget.Leave();
        return value;
    }

    private RegoValue? Single(RuleSet set, RegoValue[] arguments)
    {
        RegoValue? found = null;
        foreach (CompiledRule definition in set.Definitions)
        {
            found = ElseChain(set, definition, arguments, found);
            if (found is not null && set.HasOneValue)
            {
                break;
            }
        }

        return found ?? set.Default;
    }

    // The definition, or the first of its alternatives that has a value.
    private RegoValue? ElseChain(RuleSet set, CompiledRule definition, RegoValue[] arguments, RegoValue? found)
    {
        RegoValue? own = null;
        for (CompiledRule? next = definition; next is not null && own is null; next = next.Else)
        {
            var frame = new RegoValue?[next.Slots];
            Budget.Cells(1 + next.Slots);
            if (!Bodies.MatchesAll(next.Parameters, arguments, frame))
            {
                continue;
            }

            CompiledRule current = next;
            Bodies.Run(current.Body, 0, frame, () =>
            {
                RegoValue? value = Expressions.Evaluate(current.Value, frame);
                if (value is not null)
                {
                    RefuseOther(set, current, own, value);
                    own = value;
                }

                return value is not null && current.Value is Constant;
            });
        }

        if (own is not null && found is not null)
        {
            RefuseOther(set, definition, found, own);
        }

        return own ?? found;
    }

    private void RefuseOther(RuleSet set, CompiledRule definition, RegoValue? first, RegoValue second)
    {
        if (first is not null && !Expressions.AreEqual(first, second))
        {
            throw new RegoException(
                $"policy {definition.At}: '{set.Name}' has two values: {RegoText.Write(first, 200)} and {RegoText.Write(second, 200)}");
        }
    }

    private RegoSet Elements(RuleSet set)
    {
        var elements = new List<RegoValue>();
        ForEach(set, (definition, frame) =>
        {
            if (Expressions.Evaluate(definition.Value, frame) is { } element)
            {
                Budget.Cells(1);
                elements.Add(element);
            }
        });
        return Expressions.SetOf(elements);
    }

    private RegoObject Members(RuleSet set)
    {
        var members = new List<KeyValuePair<RegoValue, RegoValue>>();
        ForEach(set, (definition, frame) =>
        {
            if (Expressions.Evaluate(definition.Key!, frame) is { } key && Expressions.Evaluate(definition.Value, frame) is { } value)
            {
                Budget.Cells(2);
                members.Add(new(key, value));
            }
        });
        return Expressions.ObjectOf(members, set.At);
    }

    private void ForEach(RuleSet set, Action<CompiledRule, RegoValue?[]> found)
    {
        foreach (CompiledRule definition in set.Definitions)
        {
            var frame = new RegoValue?[definition.Slots];
            Budget.Cells(1 + definition.Slots);
            Bodies.Run(definition.Body, 0, frame, () =>
            {
                found(definition, frame);
                return false;
            });
        }
    }
}
