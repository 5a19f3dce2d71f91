using Kata.Rego.Compilation;
using Kata.Rego.Syntax.Nodes;
using Kata.Rego.Values;

namespace Kata.Rego.Evaluation;

/// <summary>One evaluation: the request, the documents, and what rules have come to so far. Not safe for concurrent use.</summary>
internal sealed class Evaluator
{
    private readonly IReadOnlyList<RuleSet> _rules;
    private readonly RegoValue?[] _known;
    private readonly bool[] _isKnown;
    private readonly RegoValue _input;
    private readonly RegoObject _data;

    public Evaluator(IReadOnlyList<RuleSet> rules, RegoValue input, RegoObject data, Budget budget, PrintLog prints)
    {
        (_rules, _input, _data, Budget, Prints) = (rules, input, data, budget, prints);
        _known = new RegoValue?[rules.Count];
        _isKnown = new bool[rules.Count];
        Expressions = new ExpressionEvaluator(this);
        Bodies = new BodyEvaluator(this);
    }

    public Budget Budget { get; }

    public PrintLog Prints { get; }

    public ExpressionEvaluator Expressions { get; }

    public BodyEvaluator Bodies { get; }

    public RegoValue Input => _input;

    /// <summary>A document; null if there is none of that name.</summary>
    public RegoValue? Document(string key) => _data.Member(RegoValue.Of(key));

    /// <summary>The value of a rule without arguments; null if it has none.</summary>
    public RegoValue? Value(int rule)
    {
        if (_isKnown[rule])
        {
            return _known[rule];
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
        (_known[rule], _isKnown[rule]) = (value, true);
        return value;
    }

    /// <summary>The value of a function for arguments; null if it has none for them.</summary>
    public RegoValue? Call(int rule, RegoValue[] arguments)
    {
        Budget.Enter();
        RegoValue? value = Single(_rules[rule], arguments);
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
