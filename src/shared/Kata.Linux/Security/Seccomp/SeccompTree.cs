namespace Kata.Linux.Security.Seccomp;

/// <summary>
/// Turns the decisions for the calls of one ABI into a tree of comparisons, so that a call meets about nine of them and not hundreds.
/// </summary>
internal static class SeccompTree
{
    /// <summary>Instructions that expect the number of the call to be loaded and end in a decision.</summary>
    /// <param name="decisions">For calls that do not get the default: the instructions that decide.</param>
    /// <param name="otherwise">The default.</param>
    internal static List<BpfInstruction> Build(SortedDictionary<uint, BpfInstruction[]> decisions, SeccompAction otherwise)
    {
        BpfInstruction[] fallback = [BpfInstruction.Returning(otherwise)];
        List<(uint First, BpfInstruction[] Code)> ranges = [(0, fallback)];
        foreach ((uint number, BpfInstruction[] code) in decisions)
        {
            if (ranges[^1].First == number)
            {
                ranges.RemoveAt(ranges.Count - 1); // the gap before it is empty
            }

            if (ranges.Count == 0 || !ranges[^1].Code.AsSpan().SequenceEqual(code))
            {
                ranges.Add((number, code));
            }

            if (number < uint.MaxValue)
            {
                ranges.Add((number + 1, fallback));
            }
        }

        return Split(MergeNeighbours(ranges));
    }

    private static List<(uint First, BpfInstruction[] Code)> MergeNeighbours(List<(uint First, BpfInstruction[] Code)> ranges)
    {
        List<(uint First, BpfInstruction[] Code)> merged = [];
        foreach ((uint First, BpfInstruction[] Code) range in ranges)
        {
            if (merged.Count == 0 || !merged[^1].Code.AsSpan().SequenceEqual(range.Code))
            {
                merged.Add(range);
            }
        }

        return merged;
    }

    private static List<BpfInstruction> Split(List<(uint First, BpfInstruction[] Code)> ranges)
    {
        if (ranges.Count == 1)
        {
            return [.. ranges[0].Code];
        }

        int middle = ranges.Count / 2;
        List<BpfInstruction> low = Split(ranges[..middle]);
        List<BpfInstruction> high = Split(ranges[middle..]);
        uint first = ranges[middle].First;

        // A comparison jumps over at most 255 instructions; a plain jump over any number.
        return low.Count <= byte.MaxValue
            ? [new(BpfInstruction.JumpIfGreaterOrEqual, (byte)low.Count, 0, first), .. low, .. high]
            : [new(BpfInstruction.JumpIfGreaterOrEqual, 0, 1, first), new(BpfInstruction.Jump, 0, 0, (uint)low.Count), .. low, .. high];
    }
}
