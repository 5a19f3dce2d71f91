using Kata.Rego.Syntax.Nodes;
using Kata.Rego.Values;

namespace Kata.Rego.Builtins;

/// <summary>The operators that make values: of numbers, and of sets.</summary>
internal static class Arithmetic
{
    /// <summary>The value; null if the operands do not go together, or the result is too large.</summary>
    public static RegoValue? Apply(BuiltinContext context, Operator symbol, RegoValue left, RegoValue right) => (left, right) switch
    {
        (RegoNumber a, RegoNumber b) => Numbers(symbol, a, b),
        (RegoSet a, RegoSet b) => Sets(context, symbol, a, b),
        _ => null,
    };

    private static RegoNumber? Numbers(Operator symbol, RegoNumber left, RegoNumber right)
    {
        if (!left.IsInteger || !right.IsInteger)
        {
            return symbol == Operator.Remainder ? null : RegoNumber.Of(Reals(symbol, left.Real, right.Real));
        }

        try
        {
            return Integers(symbol, left.Integer, right.Integer);
        }
        catch (OverflowException error)
        {
            // Rounding would make different numbers equal.
            throw new RegoException($"a whole number beyond 128 bits: {error.Message}");
        }
    }

    private static RegoNumber? Integers(Operator symbol, Int128 left, Int128 right)
    {
        checked
        {
            switch (symbol)
            {
                case Operator.Add:
                    return RegoNumber.Of(left + right);
                case Operator.Subtract:
                    return RegoNumber.Of(left - right);
                case Operator.Multiply:
                    return RegoNumber.Of(left * right);
                case Operator.Divide when right != 0:
                    return left % right == 0 ? RegoNumber.Of(left / right) : RegoNumber.Of((double)left / (double)right);
                case Operator.Remainder when right != 0:
                    return RegoNumber.Of(left % right);
                default:
                    return null;
            }
        }
    }

    private static double Reals(Operator symbol, double left, double right) => symbol switch
    {
        Operator.Add => left + right,
        Operator.Subtract => left - right,
        Operator.Multiply => left * right,
        Operator.Divide when right != 0 => left / right,
        _ => double.NaN,
    };

    private static RegoValue? Sets(BuiltinContext context, Operator symbol, RegoSet left, RegoSet right)
    {
        context.Budget.Steps((left.Weight + right.Weight) * 4);
        return symbol switch
        {
            Operator.Or => context.Set([.. left.Items, .. right.Items]),
            Operator.And => context.Set([.. left.Items.Where(right.Contains)]),
            Operator.Subtract => context.Set([.. left.Items.Where(item => !right.Contains(item))]),
            _ => null,
        };
    }
}
