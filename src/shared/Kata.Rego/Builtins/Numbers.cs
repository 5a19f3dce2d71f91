using Kata.Rego.Values;

namespace Kata.Rego.Builtins;

/// <summary>Functions of numbers.</summary>
internal static class Numbers
{
    public static readonly Builtin[] All =
    [
        new("abs", 1, static (_, a) => a[0] is RegoNumber n ? (n.Real < 0 ? Negative(n) : n) : null),
        new("ceil", 1, static (_, a) => Rounded(a[0], Math.Ceiling)),
        new("floor", 1, static (_, a) => Rounded(a[0], Math.Floor)),
        new("round", 1, static (_, a) => Rounded(a[0], static real => Math.Round(real, MidpointRounding.AwayFromZero))),
        new("plus", 2, static (c, a) => Operate(c, Syntax.Nodes.Operator.Add, a)),
        new("minus", 2, static (c, a) => Operate(c, Syntax.Nodes.Operator.Subtract, a)),
        new("mul", 2, static (c, a) => Operate(c, Syntax.Nodes.Operator.Multiply, a)),
        new("div", 2, static (c, a) => Operate(c, Syntax.Nodes.Operator.Divide, a)),
        new("rem", 2, static (c, a) => Operate(c, Syntax.Nodes.Operator.Remainder, a)),
        new("numbers.range", 2, static (c, a) => Range(c, a[0], a[1], RegoNumber.Of((Int128)1))),
        new("numbers.range_step", 3, static (c, a) => Range(c, a[0], a[1], a[2])),
        Bits("bits.and", static (x, y) => x & y),
        Bits("bits.or", static (x, y) => x | y),
        Bits("bits.xor", static (x, y) => x ^ y),
        Bits("bits.lsh", static (x, y) => y >= 0 && y < 64 && Int128.Abs(x) < (Int128)1 << 62 ? x << (int)y : null),
        Bits("bits.rsh", static (x, y) => y >= 0 && y < 128 ? x >> (int)y : null),
        new("bits.negate", 1, static (_, a) => a[0] is RegoNumber { IsInteger: true } n ? RegoNumber.Of(~n.Integer) : null),
        new("to_number", 1, static (_, a) => ToNumber(a[0])),
    ];

    private static RegoNumber? Negative(RegoNumber number) =>
        number.IsInteger && number.Integer != Int128.MinValue ? RegoNumber.Of(-number.Integer) : RegoNumber.Of(-number.Real);

    private static RegoNumber? Rounded(RegoValue value, Func<double, double> round) =>
        value is not RegoNumber number ? null : number.IsInteger ? number : RegoNumber.Of(round(number.Real));

    private static RegoValue? Operate(BuiltinContext context, Syntax.Nodes.Operator symbol, RegoValue[] arguments) =>
        Arithmetic.Apply(context, symbol, arguments[0], arguments[1]);

    private static Builtin Bits(string name, Func<Int128, Int128, Int128?> operate) => new(
        name,
        2,
        (_, a) => (a[0], a[1]) is (RegoNumber { IsInteger: true } x, RegoNumber { IsInteger: true } y) && operate(x.Integer, y.Integer) is { } bits
            ? RegoNumber.Of(bits)
            : null);

    private static RegoValue? Range(BuiltinContext context, RegoValue first, RegoValue last, RegoValue distance)
    {
        if (first is not RegoNumber from || !from.TryInt32(out int start) || last is not RegoNumber to || !to.TryInt32(out int end)
            || distance is not RegoNumber by || !by.TryInt32(out int step) || step <= 0)
        {
            return null;
        }

        long count = (Math.Abs((long)end - start) / step) + 1;
        context.Budget.Cells(count);
        var items = new RegoValue[count];
        for (int i = 0; i < items.Length; i++)
        {
            items[i] = RegoValue.Of(start <= end ? start + ((long)i * step) : start - ((long)i * step));
        }

        return new RegoArray(items);
    }

    private static RegoNumber? ToNumber(RegoValue value) => value switch
    {
        RegoNumber number => number,
        RegoBoolean boolean => RegoNumber.Of((Int128)(boolean.Value ? 1 : 0)),
        RegoString text when text.Value.Length is > 0 and < 400 => RegoNumber.Parse(text.Value),
        { Kind: RegoKind.Null } => RegoNumber.Of((Int128)0),
        _ => null,
    };
}
