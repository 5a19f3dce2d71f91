using Kata.Rego.Syntax.Nodes;

namespace Kata.Rego.Compilation;

/// <summary>Finds out whether what an expression needs has a value.</summary>
internal static class Readiness
{
    /// <summary>The first variable that an expression needs and that has no value; null when it can be evaluated.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="bound">What has a value.</param>
    /// <param name="visits">Whether a variable that stands alone in brackets may be without one, and take each value in turn.</param>
    public static Local? Missing(Expression expression, BoundVariables bound, bool visits)
    {
        switch (expression)
        {
            case Local local:
                return bound.Has(local.Slot) ? null : local;
            case Reference reference:
                return Missing(reference.Head, bound, visits)
                    ?? reference.Path.Select(part => visits ? MissingInKey(part, bound) : Missing(part, bound, visits)).FirstOrDefault(local => local is not null);
            case PrintCall print:
                return First(print.Arguments, bound, visits: false);
            case Comprehension comprehension:
                return Outside(comprehension, comprehension.FirstOwnSlot, bound);
            default:
                return First(NodeTree.Children(expression), bound, visits);
        }
    }

    /// <summary>The same for a pattern, where variables and their arrays and objects need nothing.</summary>
    public static Local? MissingInPattern(Expression pattern, BoundVariables bound) => pattern switch
    {
        Local => null,
        ArrayExpression array => array.Items.Select(item => MissingInPattern(item, bound)).FirstOrDefault(local => local is not null),
        ObjectExpression members => First(members.Keys, bound, visits: true)
            ?? members.Values.Select(value => MissingInPattern(value, bound)).FirstOrDefault(local => local is not null),
        _ => Missing(pattern, bound, visits: true),
    };

    /// <summary>The first variable of an outer body that a body inside uses and that has no value.</summary>
    public static Local? Missing(Every every, BoundVariables bound) =>
        every.Body.Select(statement => Outside(statement, every.FirstOwnSlot, bound)).FirstOrDefault(local => local is not null)
            ?? (every.Key is null ? null : Outside(every.Key, every.FirstOwnSlot, bound))
            ?? Outside(every.Value, every.FirstOwnSlot, bound);

    // A variable in brackets, or an array or object of them, takes each key that fits.
    private static Local? MissingInKey(Expression key, BoundVariables bound) =>
        key is Local or ArrayExpression or ObjectExpression ? MissingInPattern(key, bound) : Missing(key, bound, visits: true);

    private static Local? First(IEnumerable<Expression> expressions, BoundVariables bound, bool visits) =>
        expressions.Select(expression => Missing(expression, bound, visits)).FirstOrDefault(local => local is not null);

    private static Local? Outside(Statement statement, int firstOwn, BoundVariables bound)
    {
        Local? found = NodeTree.Expressions(statement).Select(inner => Outside(inner, firstOwn, bound)).FirstOrDefault(local => local is not null);
        return found ?? (statement as With)?.Inner switch
        {
            { } inner => Outside(inner, firstOwn, bound),
            null => (statement as Every)?.Body.Select(inner => Outside(inner, firstOwn, bound)).FirstOrDefault(local => local is not null),
        };
    }

    private static Local? Outside(Expression expression, int firstOwn, BoundVariables bound)
    {
        switch (expression)
        {
            case Local local:
                return local.Slot < firstOwn && !bound.Has(local.Slot) ? local : null;
            case Comprehension comprehension:
                return comprehension.Body.Select(statement => Outside(statement, firstOwn, bound)).FirstOrDefault(local => local is not null)
                    ?? (comprehension.Key is null ? null : Outside(comprehension.Key, firstOwn, bound))
                    ?? Outside(comprehension.Item, firstOwn, bound);
            default:
                return NodeTree.Children(expression).Select(child => Outside(child, firstOwn, bound)).FirstOrDefault(local => local is not null);
        }
    }
}
