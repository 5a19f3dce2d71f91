namespace Kata.Linux.Security.Seccomp;

/// <summary>Compiles the conditions of rules. Arguments have 64 bits and the filter's machine 32, so each comparison has two halves.</summary>
internal static class SeccompConditions
{
    private const uint FirstArgument = 16; // offsetof(struct seccomp_data, args)

    /// <summary>Instructions that end in a return if all conditions hold, and else run off their end.</summary>
    internal static BpfInstruction[] Compile(SeccompRule rule)
    {
        // From the last to the first, since each must know how far it is to the end.
        List<BpfInstruction> code = [BpfInstruction.Returning(rule.Action)];
        foreach (SeccompCondition condition in rule.Conditions.Reverse())
        {
            code = [.. Test(condition, whenFalse: code.Count), .. code];
        }

        return [.. code];
    }

    /// <summary>Instructions that go on if the condition holds, and else skip that many instructions behind them.</summary>
    private static BpfInstruction[] Test(SeccompCondition condition, int whenFalse)
    {
        uint low = FirstArgument + (condition.Index * sizeof(ulong)); // both machines are little-endian
        uint high = low + sizeof(uint);
        return condition.Comparison switch
        {
            SeccompComparison.Equal => Equal(low, high, condition.Value, whenFalse),
            SeccompComparison.NotEqual => NotEqual(low, high, condition.Value, whenFalse),
            SeccompComparison.MaskedEqual => MaskedEqual(low, high, condition.Value & condition.Mask, condition.Mask, whenFalse),
            SeccompComparison.Greater => Order(low, high, condition.Value, BpfInstruction.JumpIfGreater, holds: true, whenFalse),
            SeccompComparison.GreaterOrEqual => Order(low, high, condition.Value, BpfInstruction.JumpIfGreaterOrEqual, holds: true, whenFalse),
            SeccompComparison.Less => Order(low, high, condition.Value, BpfInstruction.JumpIfGreaterOrEqual, holds: false, whenFalse),
            SeccompComparison.LessOrEqual => Order(low, high, condition.Value, BpfInstruction.JumpIfGreater, holds: false, whenFalse),
            _ => throw new ArgumentOutOfRangeException(nameof(condition)),
        };
    }

    private static BpfInstruction[] Equal(uint low, uint high, ulong value, int whenFalse) =>
    [
        BpfInstruction.Loading(high),
        new(BpfInstruction.JumpIfEqual, 0, Skip(whenFalse + 2), (uint)(value >> 32)),
        BpfInstruction.Loading(low),
        new(BpfInstruction.JumpIfEqual, 0, Skip(whenFalse), (uint)value),
    ];

    private static BpfInstruction[] NotEqual(uint low, uint high, ulong value, int whenFalse) =>
    [
        BpfInstruction.Loading(high),
        new(BpfInstruction.JumpIfEqual, 0, 2, (uint)(value >> 32)),
        BpfInstruction.Loading(low),
        new(BpfInstruction.JumpIfEqual, Skip(whenFalse), 0, (uint)value),
    ];

    private static BpfInstruction[] MaskedEqual(uint low, uint high, ulong value, ulong mask, int whenFalse) =>
    [
        BpfInstruction.Loading(high),
        new(BpfInstruction.And, 0, 0, (uint)(mask >> 32)),
        new(BpfInstruction.JumpIfEqual, 0, Skip(whenFalse + 3), (uint)(value >> 32)),
        BpfInstruction.Loading(low),
        new(BpfInstruction.And, 0, 0, (uint)mask),
        new(BpfInstruction.JumpIfEqual, 0, Skip(whenFalse), (uint)value),
    ];

    /// <summary>Greater (or equal): by the high half, or when those are equal by the low half. With <paramref name="holds"/> false the opposite.</summary>
    private static BpfInstruction[] Order(uint low, uint high, ulong value, ushort comparison, bool holds, int whenFalse) =>
    [
        BpfInstruction.Loading(high),
        new(BpfInstruction.JumpIfGreater, holds ? (byte)3 : Skip(whenFalse + 3), 0, (uint)(value >> 32)),
        new(BpfInstruction.JumpIfEqual, 0, holds ? Skip(whenFalse + 2) : (byte)2, (uint)(value >> 32)),
        BpfInstruction.Loading(low),
        new(comparison, holds ? (byte)0 : Skip(whenFalse), holds ? Skip(whenFalse) : (byte)0, (uint)value),
    ];

    private static byte Skip(int count) => checked((byte)count);
}
