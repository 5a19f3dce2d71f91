using Kata.Rego.Syntax.Nodes;
using Kata.Rego.Values;

namespace Kata.Rego.Evaluation;

/// <summary>
/// Runs planned bodies. A statement that has several solutions runs the rest of its body once for each; all others are a step of a loop, so the stack
/// grows with the visits that nest, not with the length of a body.
/// </summary>
internal sealed class BodyEvaluator(Evaluator evaluator)
{
    private readonly ReplacementEvaluator _replacements = new(evaluator);

    /// <summary>Runs a body from a statement on.</summary>
    /// <param name="body">Planned statements.</param>
    /// <param name="from">The first one to run.</param>
    /// <param name="frame">The variables.</param>
    /// <param name="found">Called for each solution; true to look for no more.</param>
    /// <returns>Whether <paramref name="found"/> said so.</returns>
    public bool Run(IReadOnlyList<Statement> body, int from, RegoValue?[] frame, Func<bool> found)
    {
        for (int i = from; i < body.Count; i++)
        {
            evaluator.Budget.Steps(1);
            int next = i + 1;
            switch (body[i])
            {
                case Visit visit:
                    Budget.EnsureStack();
                    return Visited(visit, frame, () => Run(body, next, frame, found));
                case SomeIn some:
                    Budget.EnsureStack();
                    return evaluator.Expressions.Evaluate(some.Collection, frame) is { } collection
                        && ForEach(collection, some.Key, some.Value, frame, () => Run(body, next, frame, found));
                case With with:
                    Budget.EnsureStack();
                    return Replaced(with, frame, () => Run(body, next, frame, found));
                default:
                    if (!Holds(body[i], frame))
                    {
                        return false;
                    }

                    break;
            }
        }

        return found();
    }

    /// <summary>Matches values with patterns, and gives the patterns' variables their values.</summary>
    public bool MatchesAll(IReadOnlyList<Expression> patterns, IReadOnlyList<RegoValue> values, RegoValue?[] frame)
    {
        for (int i = 0; i < patterns.Count; i++)
        {
            if (!Matches(patterns[i], values[i], frame))
            {
                return false;
            }
        }

        return true;
    }

    private bool Holds(Statement statement, RegoValue?[] frame)
    {
        switch (statement)
        {
            case ExpressionStatement plain:
                return evaluator.Expressions.Evaluate(plain.Value, frame) is { } value && !ReferenceEquals(value, RegoBoolean.False);
            case Match match:
                return evaluator.Expressions.Evaluate(match.Value, frame) is { } matched && Matches(match.Pattern, matched, frame);
            case Negation negation:
                return !Run(negation.Plan, 0, frame, static () => true);
            case Every every:
                return HoldsForEvery(every, frame);
            default:
                throw new InvalidOperationException($"a {statement.GetType().Name} was not planned");
        }
    }

    // The statement sees the replacements; what comes behind it does not.
    private bool Replaced(With with, RegoValue?[] frame, Func<bool> rest)
    {
        if (_replacements.Apply(with.Replacements, frame) is not { } inner)
        {
            return false;
        }

        Surroundings outer = evaluator.Surroundings;
        evaluator.Surroundings = inner;
        bool stop = Run(with.Plan, 0, frame, () =>
        {
            evaluator.Surroundings = outer;
            bool done = rest();
            evaluator.Surroundings = inner;
            return done;
        });
        evaluator.Surroundings = outer;
        return stop;
    }

    private bool HoldsForEvery(Every every, RegoValue?[] frame)
    {
        Budget.EnsureStack();
        return evaluator.Expressions.Evaluate(every.Collection, frame) is { Kind: RegoKind.Array or RegoKind.Object or RegoKind.Set } collection
            && !ForEach(collection, key: null, value: null, frame, () => false, (key, value) =>
                !((every.Key is null || Matches(every.Key, key, frame))
                    && Matches(every.Value, value, frame)
                    && Run(every.Body, 0, frame, static () => true)));
    }

    private bool Matches(Expression pattern, RegoValue value, RegoValue?[] frame)
    {
        evaluator.Budget.Steps(1);
        switch (pattern)
        {
            case Local { Binds: true } local:
                frame[local.Slot] = value;
                return true;
            case ArrayExpression array:
                return value is RegoArray items && items.Items.Count == array.Items.Count && MatchesAll(array.Items, items.Items, frame);
            case ObjectExpression members:
                return value is RegoObject other && other.Keys.Count == members.Keys.Count && MatchesMembers(members, other, frame);
            default:
                return evaluator.Expressions.Evaluate(pattern, frame) is { } wanted && evaluator.Expressions.AreEqual(wanted, value);
        }
    }

    private bool MatchesMembers(ObjectExpression pattern, RegoObject value, RegoValue?[] frame)
    {
        for (int i = 0; i < pattern.Keys.Count; i++)
        {
            if (evaluator.Expressions.Evaluate(pattern.Keys[i], frame) is not { } key
                || evaluator.Expressions.MemberOf(value, key) is not { } member
                || !Matches(pattern.Values[i], member, frame))
            {
                return false;
            }
        }

        return true;
    }

    // Calls found for each member that fits; stops when it says so.
    private bool ForEach(
        RegoValue collection, Expression? key, Expression? value, RegoValue?[] frame, Func<bool> found, Func<RegoValue, RegoValue, bool>? visit = null)
    {
        bool Member(RegoValue memberKey, RegoValue memberValue)
        {
            evaluator.Budget.Steps(1);
            return visit is not null
                ? visit(memberKey, memberValue)
                : (key is null || Matches(key, memberKey, frame)) && (value is null || Matches(value, memberValue, frame)) && found();
        }

        switch (collection)
        {
            case RegoArray array:
                for (int i = 0; i < array.Items.Count; i++)
                {
                    if (Member(RegoValue.Of((long)i), array.Items[i]))
                    {
                        return true;
                    }
                }

                return false;
            case RegoSet set:
                return set.Items.Any(item => Member(item, item));
            case RegoObject members:
                for (int i = 0; i < members.Keys.Count; i++)
                {
                    if (Member(members.Keys[i], members.Values[i]))
                    {
                        return true;
                    }
                }

                return false;
            default:
                return false;
        }
    }

    private bool Visited(Visit visit, RegoValue?[] frame, Func<bool> found)
    {
        IReadOnlyList<Expression> path = visit.Target.Path;
        return evaluator.Expressions.Evaluate(visit.Target.Head, frame) is { } head && Step(head, 0);

        bool Step(RegoValue value, int at)
        {
            evaluator.Budget.Steps(1);
            if (at == path.Count)
            {
                frame[visit.Slot] = value;
                return found();
            }

            if (path[at] is Local { Binds: true } key)
            {
                return ForEach(value, key: null, value: null, frame, found, (memberKey, member) =>
                {
                    frame[key.Slot] = memberKey;
                    return Step(member, at + 1);
                });
            }

            if (path[at] is KeyPattern pattern)
            {
                return ForEach(value, key: null, value: null, frame, found, (memberKey, member) =>
                    Matches(pattern.Pattern, memberKey, frame) && Step(member, at + 1));
            }

            return evaluator.Expressions.Evaluate(path[at], frame) is { } known
                && evaluator.Expressions.MemberOf(value, known) is { } found2
                && Step(found2, at + 1);
        }
    }
}
