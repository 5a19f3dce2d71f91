using Kata.Primitives;
using Kata.Rego.Syntax;
using Kata.Rego.Syntax.Nodes;

namespace Kata.Rego.Compilation;

/// <summary>
/// Puts the statements of bodies into an order in which each finds its variables with values, and takes out of expressions what has several values:
/// after planning, every expression has one value or none.
/// </summary>
internal sealed class Planner(Resolver resolver)
{
    private const int MaxWork = 2_000_000;

    private int _work;

    /// <summary>Plans a body.</summary>
    /// <param name="body">Resolved statements.</param>
    /// <param name="bound">What has a value before; what has one afterwards.</param>
    /// <exception cref="KataException">InvalidArgument: a variable never gets a value.</exception>
    public List<Statement> Body(IReadOnlyList<Statement> body, BoundVariables bound)
    {
        var rest = new LinkedList<Statement>(body.SelectMany(Apart));
        var plan = new List<Statement>();
        while (rest.Count > 0)
        {
            LinkedListNode<Statement>? next = rest.First;
            Local? missing = null;
            while (next is not null && Missing(next.Value, bound) is { } needed)
            {
                missing ??= needed;
                next = next.Next;
            }

            if (next is null)
            {
                throw missing!.At.Wrong(missing.Text == "_"
                    ? "'_' in a place where it finds no value, such as inside of 'not'"
                    : $"the variable '{missing.Text}' gets no value");
            }

            Add(next.Value, bound, plan);
            rest.Remove(next);
        }

        return plan;
    }

    /// <summary>Plans an expression that belongs to the end of a body.</summary>
    public Expression Tail(Expression expression, BoundVariables bound, List<Statement> plan)
    {
        if (Readiness.Missing(expression, bound, visits: true) is { } missing)
        {
            throw missing.At.Wrong($"the variable '{missing.Text}' gets no value");
        }

        return Single(expression, bound, plan);
    }

    /// <summary>Plans a pattern: marks where variables get their values.</summary>
    public Expression Pattern(Expression pattern, BoundVariables bound, List<Statement> plan) => pattern switch
    {
        Local local => bound.Add(local.Slot) ? local with { Binds = true } : local,
        ArrayExpression array => array with { Items = NodeTree.All(array.Items, item => Pattern(item, bound, plan)) },
        ObjectExpression members => members with
        {
            Keys = NodeTree.All(members.Keys, key => Tail(key, bound, plan)),
            Values = NodeTree.All(members.Values, value => Pattern(value, bound, plan)),
        },
        _ => Tail(pattern, bound, plan),
    };

    // [a, b] = [c, d] is a = c and b = d, in which either side may lack values.
    private static IEnumerable<Statement> Apart(Statement statement)
    {
        if (statement is Unification { Left: ArrayExpression left, Right: ArrayExpression right } && left.Items.Count == right.Items.Count)
        {
            return left.Items.Zip(right.Items, (a, b) => new Unification(a.At, a, b)).SelectMany(Apart);
        }

        if (statement is Unification { Left: ObjectExpression first, Right: ObjectExpression second } && Values(first, second) is { } values)
        {
            return values.Zip(second.Values, (a, b) => new Unification(a.At, a, b)).SelectMany(Apart);
        }

        return statement switch
        {
            With with => Apart(with.Inner).Select(inner => with with { Inner = inner }),
            SomeDeclaration => [],
            _ => [statement],
        };
    }

    // The values of an object in the order of another one's keys; null unless both have the same constant keys.
    private static List<Expression>? Values(ObjectExpression first, ObjectExpression second)
    {
        if (first.Keys.Count != second.Keys.Count || first.Keys.Count > 100)
        {
            return null;
        }

        var values = new List<Expression>();
        foreach (Expression key in second.Keys)
        {
            int at = key is Constant wanted ? first.Keys.ToList().FindIndex(other => other is Constant constant && constant.Value.Equals(wanted.Value)) : -1;
            if (at < 0)
            {
                return null;
            }

            values.Add(first.Values[at]);
        }

        return values;
    }

    private Local? Missing(Statement statement, BoundVariables bound)
    {
        if (++_work > MaxWork)
        {
            throw statement.At.NotUnderstood("so large a body");
        }

        return statement switch
        {
            ExpressionStatement plain => Readiness.Missing(plain.Value, bound, visits: true),
            Assignment assignment => Readiness.Missing(assignment.Value, bound, visits: true) ?? Readiness.MissingInPattern(assignment.Target, bound),
            Unification unification => MissingInUnification(unification, bound),
            SomeIn some => Readiness.Missing(some.Collection, bound, visits: true)
                ?? (some.Key is null ? null : Readiness.MissingInPattern(some.Key, bound)) ?? Readiness.MissingInPattern(some.Value, bound),
            Every every => Readiness.Missing(every.Collection, bound, visits: true) ?? Readiness.Missing(every, bound),
            With with => with.Replacements.Select(replacement => Readiness.Missing(replacement.Value, bound, visits: true)).FirstOrDefault(local => local is not null)
                ?? Missing(with.Inner, bound),
            Negation negation => NodeTree.Expressions(negation).Select(inner => Readiness.Missing(inner, bound, visits: false)).FirstOrDefault(local => local is not null),
            _ => null,
        };
    }

    private static Local? MissingInUnification(Unification unification, BoundVariables bound)
    {
        Local? right = Readiness.Missing(unification.Right, bound, visits: true) ?? Readiness.MissingInPattern(unification.Left, bound);
        return right is null || (Readiness.Missing(unification.Left, bound, visits: true) ?? Readiness.MissingInPattern(unification.Right, bound)) is null
            ? null
            : right;
    }

    private void Add(Statement statement, BoundVariables bound, List<Statement> plan)
    {
        switch (statement)
        {
            case ExpressionStatement plain:
                plan.Add(plain with { Value = Single(plain.Value, bound, plan) });
                break;
            case Assignment assignment:
                AddMatch(assignment.At, assignment.Target, assignment.Value, bound, plan);
                break;
            case Unification unification when Readiness.Missing(unification.Right, bound, visits: true) is null:
                AddMatch(unification.At, unification.Left, unification.Right, bound, plan);
                break;
            case Unification unification:
                AddMatch(unification.At, unification.Right, unification.Left, bound, plan);
                break;
            case SomeIn some:
                Expression members = Single(some.Collection, bound, plan);
                Expression? key = some.Key is null ? null : Pattern(some.Key, bound, plan);
                plan.Add(some with { Key = key, Value = Pattern(some.Value, bound, plan), Collection = members });
                break;
            case Every every:
                AddEvery(every, bound, plan);
                break;
            case Negation negation:
                var inside = new List<Statement>();
                Add(negation.Inner, bound.Inside(), inside);
                plan.Add(negation with { Plan = inside });
                break;
            case With with:
                Replacement[] replacements = [.. with.Replacements.Select(replacement => replacement with { Value = Single(replacement.Value, bound, plan) })];
                var changed = new List<Statement>();
                Add(with.Inner, bound, changed);
                plan.Add(with with { Replacements = replacements, Plan = changed });
                break;
            default:
                plan.Add(statement);
                break;
        }
    }

    private void AddMatch(Position at, Expression pattern, Expression value, BoundVariables bound, List<Statement> plan)
    {
        Expression single = Single(value, bound, plan);
        plan.Add(new Match(at, Pattern(pattern, bound, plan), single));
    }

    private void AddEvery(Every every, BoundVariables bound, List<Statement> plan)
    {
        Expression collection = Single(every.Collection, bound, plan);
        BoundVariables inside = bound.Inside();
        var nothing = new List<Statement>();
        Expression? key = every.Key is null ? null : Pattern(every.Key, inside, nothing);
        Expression value = Pattern(every.Value, inside, nothing);
        if (nothing.Count > 0)
        {
            throw every.At.NotUnderstood("a key or value of 'every' that visits members");
        }

        plan.Add(every with { Collection = collection, Key = key, Value = value, Body = Body(every.Body, inside) });
    }

    // The expression with one value; what visits members becomes a statement before it.
    private Expression Single(Expression expression, BoundVariables bound, List<Statement> plan)
    {
        switch (expression)
        {
            case Reference reference:
                return Visited(reference, bound, plan);
            case Comprehension comprehension:
                BoundVariables inside = bound.Inside();
                List<Statement> body = Body(comprehension.Body, inside);
                Expression? key = comprehension.Key is null ? null : Tail(comprehension.Key, inside, body);
                return comprehension with { Key = key, Item = Tail(comprehension.Item, inside, body), Body = body };
            default:
                return NodeTree.Map(expression, inner => Single(inner, bound, plan));
        }
    }

    private Expression Visited(Reference reference, BoundVariables bound, List<Statement> plan)
    {
        bool visits = false;
        Expression head = Single(reference.Head, bound, plan);
        var path = new Expression[reference.Path.Count];
        for (int i = 0; i < path.Length; i++)
        {
            path[i] = reference.Path[i] switch
            {
                Local local when bound.Add(local.Slot) => local with { Binds = true },
                ArrayExpression or ObjectExpression when Readiness.Missing(reference.Path[i], bound, visits: false) is not null =>
                    new KeyPattern(reference.Path[i].At, Pattern(reference.Path[i], bound, plan)),
                _ => Single(reference.Path[i], bound, plan),
            };
            visits |= path[i] is Local { Binds: true } or KeyPattern;
        }

        var planned = new Reference(reference.At, head, path);
        if (!visits)
        {
            return planned;
        }

        int slot = resolver.NewSlot();
        bound.Add(slot);
        plan.Add(new Visit(reference.At, planned, slot));
        return new Local(reference.At, slot, "_", Binds: false);
    }
}
