using Kata.Rego.Syntax.Nodes;
using Kata.Rego.Values;

namespace Kata.Rego.Syntax;

/// <summary>
/// Makes values of expressions that are constant throughout, once instead of at each evaluation: generated policies carry most of their text as one
/// such object.
/// </summary>
internal static class ConstantFolding
{
    /// <summary>The value; null if the expression is not constant.</summary>
    public static RegoValue? Value(Expression expression) => (Fold(expression) as Constant)?.Value;

    /// <summary>The expression, with constant parts made into values.</summary>
    public static Expression Fold(Expression expression)
    {
        if (expression is not (ArrayExpression or SetExpression or ObjectExpression or Binary { Operator: Operator.Subtract }))
        {
            return expression;
        }

        Expression folded = NodeTree.Map(expression, Fold);
        return folded switch
        {
            ArrayExpression array when Values(array.Items) is { } items => new Constant(array.At, new RegoArray(items)),
            SetExpression set when Values(set.Items) is { } items => new Constant(set.At, RegoSet.Of(items)),
            ObjectExpression members when Values(members.Keys) is { } keys && Values(members.Values) is { } values => Object(members, keys, values),
            Binary { Left: Constant { Value: RegoNumber left }, Right: Constant { Value: RegoNumber right } } when left.IsInteger && left.Integer == 0 =>
                new Constant(folded.At, right.IsInteger ? RegoNumber.Of(-right.Integer) : RegoNumber.Of(-right.Real)!),
            _ => folded,
        };
    }

    private static Constant Object(ObjectExpression members, RegoValue[] keys, RegoValue[] values)
    {
        var list = new List<KeyValuePair<RegoValue, RegoValue>>(keys.Length);
        for (int i = 0; i < keys.Length; i++)
        {
            list.Add(new(keys[i], values[i]));
        }

        RegoObject made = RegoObject.Make(list, out RegoValue? conflict);
        return conflict is null
            ? new Constant(members.At, made)
            : throw members.At.Wrong($"an object with two values for {RegoText.Write(conflict, 80)}");
    }

    private static RegoValue[]? Values(IReadOnlyList<Expression> expressions)
    {
        var values = new RegoValue[expressions.Count];
        for (int i = 0; i < values.Length; i++)
        {
            if (expressions[i] is not Constant constant)
            {
                return null;
            }

            values[i] = constant.Value;
        }

        return values;
    }
}
